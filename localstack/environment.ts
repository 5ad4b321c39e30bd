/** LocalStack takes any key; these make plain that no account is meant. */
const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  AWS_REGION: "us-east-1",
  AWS_DEFAULT_REGION: "us-east-1",
} as const;

/**
 * The variables with which `cdk`, `aws` and `lamella` talk to LocalStack instead of AWS. S3 has an endpoint of its own
 * because the CDK command line would otherwise put the bucket into the host's name.
 */
export function awsEnvironment(endpoint: string): { readonly [name: string]: string } {
  return { ...CREDENTIALS, AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_S3: endpoint };
}

/** This process's variables with those of LocalStack in the place of any profile or session of a real account. */
export function environmentFor(endpoint: string): NodeJS.ProcessEnv {
  const inherited = { ...process.env };
  for (const name of ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_PROFILE"]) delete inherited[name];
  return { ...inherited, ...awsEnvironment(endpoint) };
}
