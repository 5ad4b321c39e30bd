import { connect } from "node:net";
import { findStack } from "../../shared/engine/aws/stack.ts";
import { isLamellaError, toLamellaError } from "../../shared/errors.ts";
import { AWS_FACTS } from "../../shared/plan/aws-facts.ts";
import { PLAN_VERSION } from "../../shared/plan/schema.ts";
import { type Account, BRIEF, stackStatus, whoAmI, within } from "../aws-account.ts";
import { type Check, fail, ok, warn } from "./check.ts";

const CONNECT_MS = 3_000;

/** What the account of these credentials has; a few answers of AWS at most, each waited for so long and no longer. */
export async function lookAtAccount(stack: string): Promise<Check[]> {
  let account: Account;
  try {
    account = await whoAmI();
  } catch (thrown) {
    const error = toLamellaError(thrown);
    const hint = error.hint ?? "Only runs on AWS need them.";
    return [warn("credentials", error.message, `${hint} Runs on this computer need none.`), await network()];
  }
  return [
    ok("credentials", `${account.arn}, account ${account.account}`),
    ok("region", account.region),
    ...(await Promise.all([bootstrap(account), deployed(stack, account), concurrency(), transitions()])),
  ];
}

/** Whether AWS can be reached at all, where nothing else has shown it. */
async function network(): Promise<Check> {
  const region = process.env["AWS_REGION"] ?? "us-east-1";
  const url = new URL(process.env["AWS_ENDPOINT_URL"] ?? `https://sts.${region}.amazonaws.com`);
  const port = Number(url.port || (url.protocol === "http:" ? 80 : 443));
  const reached = await new Promise<boolean>((resolve) => {
    const socket = connect({ host: url.hostname, port, timeout: CONNECT_MS });
    const end = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", end(true)).once("error", end(false)).once("timeout", end(false));
    // a name that is looked up for long isn't a connection's timeout
    setTimeout(end(false), CONNECT_MS).unref();
  });
  return reached
    ? ok("network", `${url.hostname} answers`)
    : warn(
        "network",
        `${url.hostname}:${port} can't be reached`,
        "Check the network and a proxy; runs on this computer need none.",
      );
}

async function bootstrap({ account, region }: Account): Promise<Check> {
  return looking("cdk bootstrap", async () => {
    const status = await stackStatus("CDKToolkit");
    return status === undefined
      ? warn(
          "cdk bootstrap",
          "not there",
          `Before \`lamella deploy\`: npx cdk bootstrap aws://${account}/${region}`,
        )
      : ok("cdk bootstrap", `CDKToolkit ${status}`);
  });
}

async function deployed(name: string, { region }: Account): Promise<Check> {
  return looking("stack", async () => {
    try {
      const stack = await within(`looking for stack ${name}`, () => findStack(name));
      const found = `${name} in ${region}: data bucket ${stack.dataBucket}, plans of version ${stack.planVersion ?? "?"}`;
      return stack.planVersion === undefined || stack.planVersion === PLAN_VERSION
        ? ok("stack", found)
        : fail(
            "stack",
            found,
            `This Lamella makes plans of version ${PLAN_VERSION}: bring the older one up to date, the stack by \`lamella deploy\`.`,
          );
    } catch (thrown) {
      if (!isLamellaError(thrown) || thrown.code !== "STACK_NOT_FOUND") throw thrown;
      const status = await stackStatus(name).catch(() => undefined);
      if (status !== undefined)
        return fail(
          "stack",
          `${name} is ${status}, and has no state machine`,
          "Its events in CloudFormation say why; `lamella deploy` mends it.",
        );
      return warn(
        "stack",
        `there is no stack ${name} in ${region}`,
        "`lamella deploy` makes one; --stack NAME looks for another.",
      );
    }
  });
}

/** Functions at one time; new accounts have ten, which starves a run. */
async function concurrency(): Promise<Check> {
  return looking("lambda concurrency", async () => {
    const { LambdaClient, GetAccountSettingsCommand } = await import("@aws-sdk/client-lambda");
    const { AccountLimit } = await within("asking for Lambda's limits", (abortSignal) =>
      new LambdaClient(BRIEF).send(new GetAccountSettingsCommand({}), { abortSignal }),
    );
    const total = AccountLimit?.ConcurrentExecutions ?? 0;
    const free = AccountLimit?.UnreservedConcurrentExecutions ?? total;
    const found = `${total} at one time, ${free} of them reserved for no function`;
    return free >= AWS_FACTS.lambda.concurrency
      ? ok("lambda concurrency", found)
      : warn(
          "lambda concurrency",
          found,
          `Ask for ${AWS_FACTS.lambda.concurrency} or more in Service Quotas: Lambda, "Concurrent executions".`,
        );
  });
}

/** State transitions a second, which bound how fast Standard children start. */
async function transitions(): Promise<Check> {
  return looking("step functions transitions", async () => {
    const { ServiceQuotasClient, paginateListServiceQuotas } = await import("@aws-sdk/client-service-quotas");
    const client = new ServiceQuotasClient(BRIEF);
    const found = await within("asking for the quotas of Step Functions", async () => {
      for await (const { Quotas = [] } of paginateListServiceQuotas({ client }, { ServiceCode: "states" }))
        for (const quota of Quotas)
          if (/StateTransition.*(?:refill|per second|rate)/i.test(quota.QuotaName ?? "")) return quota;
      return undefined;
    });
    if (found?.Value === undefined)
      return warn(
        "step functions transitions",
        "Service Quotas doesn't tell",
        "Nothing to do: it bounds runs of thousands of short tasks alone.",
      );
    const told = `${found.Value} a second`;
    return found.Value >= 800
      ? ok("step functions transitions", told)
      : warn(
          "step functions transitions",
          told,
          `Ask for more in Service Quotas: Step Functions, "${found.QuotaName}".`,
        );
  });
}

/** A look that isn't allowed, or gets no answer, is a warning and no more. */
async function looking(name: string, look: () => Promise<Check>): Promise<Check> {
  try {
    return await look();
  } catch (thrown) {
    const error = toLamellaError(thrown);
    return warn(name, error.message, error.hint ?? "Ask whoever administers the account.");
  }
}
