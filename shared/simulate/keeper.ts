import type { AwsFacts } from "../plan/aws-facts.ts";

/** Memory of the functions that plan, check and finish a run, MB. */
export const KEEPER_MB = 1769;

/** An invocation of one of them, as a rule a cold one, with its requests one after another, seconds. */
export function keeperSeconds(requests: number, { lambda, s3, stepFunctions }: AwsFacts): number {
  const each = (s3.secondsPerGet + s3.secondsPerPut) / 2;
  return 2 * stepFunctions.secondsPerTransition + lambda.coldStartSeconds + requests * each;
}
