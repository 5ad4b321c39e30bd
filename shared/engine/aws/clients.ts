import type { SFNClient } from "@aws-sdk/client-sfn";

interface StepFunctions {
  readonly client: SFNClient;
  readonly sfn: typeof import("@aws-sdk/client-sfn");
}

let stepFunctionsOnce: Promise<StepFunctions> | undefined;

/** One Step Functions client a process; the SDK is loaded when it is first used, so that local commands never wait for it. */
export function stepFunctions(): Promise<StepFunctions> {
  stepFunctionsOnce ??= import("@aws-sdk/client-sfn").then((sfn) => ({
    sfn,
    client: new sfn.SFNClient({ maxAttempts: 6, retryMode: "standard" }),
  }));
  return stepFunctionsOnce;
}
