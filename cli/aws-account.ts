import { awsError } from "../shared/engine/aws/errors.ts";
import { LamellaError } from "../shared/errors.ts";
import { notBootstrapped } from "./cdk-app.ts";

export interface Account {
  readonly account: string;
  readonly arn: string;
  readonly region: string;
}

/** Time that a look at the account may take: without a network nobody waits for long. */
const PATIENCE_MS = 8_000;

/** Waits for an answer of AWS at most so long. */
export async function within<T>(what: string, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), PATIENCE_MS);
  const late = new Promise<never>((_, reject) => {
    abort.signal.addEventListener("abort", () =>
      reject(
        new LamellaError(
          "STORAGE_FAILED",
          `AWS gave no answer within ${PATIENCE_MS / 1000} s while ${what}`,
          {
            hint: "Check the network, a proxy (HTTPS_PROXY), and AWS_REGION.",
          },
        ),
      ),
    );
  });
  try {
    return await Promise.race([ask(abort.signal), late]);
  } catch (error) {
    throw awsError(error, what);
  } finally {
    clearTimeout(timer);
  }
}

/** Settings of clients that ask once and soon give up. */
export const BRIEF = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: PATIENCE_MS },
} as const;

/** Whose credentials these are, and the region that is set. Throws NO_CREDENTIALS, ACCESS_DENIED. */
export async function whoAmI(): Promise<Account> {
  const { STSClient, GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
  const client = new STSClient(BRIEF);
  return within("asking who you are", async (abortSignal) => {
    const region = await client.config.region();
    const { Account, Arn } = await client.send(new GetCallerIdentityCommand({}), { abortSignal });
    return { account: Account ?? "", arn: Arn ?? "", region };
  });
}

/** Throws NOT_BOOTSTRAPPED where CDK's own stack isn't there; who may not look is let through, and hears it of cdk. */
export async function requireBootstrapped({ account, region }: Account): Promise<void> {
  const status = await stackStatus("CDKToolkit").catch(() => "unknown");
  if (status === undefined) throw notBootstrapped(`account ${account}, region ${region}`);
}

/** A stack's status as CloudFormation calls it; undefined where there is none of that name. */
export async function stackStatus(name: string): Promise<string | undefined> {
  const { CloudFormationClient, DescribeStacksCommand } = await import("@aws-sdk/client-cloudformation");
  const client = new CloudFormationClient(BRIEF);
  return within(`looking at stack ${name}`, async (abortSignal) => {
    try {
      const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: name }), { abortSignal });
      return Stacks?.[0]?.StackStatus;
    } catch (error) {
      if (error instanceof Error && /does not exist/.test(error.message)) return undefined;
      throw error;
    }
  });
}
