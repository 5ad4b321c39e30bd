import { LamellaError } from "../errors.ts";
import { connectS3, newConnection, type S3Connection } from "./s3-client.ts";

const connections = new Map<string, Promise<S3Connection>>();

/**
 * The connection for a bucket: with the credentials of the role that LAMELLA_BUCKET_ROLES, a JSON object of roles by bucket, names
 * for it, else this process's own. The stack sets it for buckets of other accounts. Held by tests against a pretended
 * STS; it has not run on AWS yet. Throws INVALID_ARGUMENT where the variable isn't understood.
 */
export function connectBucket(bucket: string): Promise<S3Connection> {
  const text = process.env["LAMELLA_BUCKET_ROLES"];
  if (!text) return connectS3();
  const role = rolesOf(text)[bucket];
  if (role === undefined) return connectS3();
  let connection = connections.get(role);
  if (connection === undefined) {
    const endpoint = process.env["AWS_ENDPOINT_URL_S3"] ?? process.env["AWS_ENDPOINT_URL"];
    connection = newConnection({
      credentials: () => assumed(role),
      ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
    });
    connections.set(role, connection);
  }
  return connection;
}

function rolesOf(text: string): { readonly [bucket: string]: string | undefined } {
  try {
    return JSON.parse(text) as { [bucket: string]: string };
  } catch {
    throw new LamellaError("INVALID_ARGUMENT", "LAMELLA_BUCKET_ROLES is no JSON object", {
      hint: 'It maps buckets to roles: {"BUCKET": "arn:aws:iam::ACCOUNT:role/NAME"}',
    });
  }
}

/** Temporary credentials of a role; the SDK asks again before they expire. */
async function assumed(role: string) {
  const { STSClient, AssumeRoleCommand } = await import("@aws-sdk/client-sts");
  const { Credentials } = await new STSClient({}).send(
    new AssumeRoleCommand({ RoleArn: role, RoleSessionName: "lamella" }),
  );
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey)
    throw new LamellaError("NO_CREDENTIALS", `the role ${role} gave no credentials`, {
      hint: "Its trust policy must name this stack's functions' roles.",
    });
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(SessionToken ? { sessionToken: SessionToken } : {}),
    ...(Expiration ? { expiration: Expiration } : {}),
  };
}
