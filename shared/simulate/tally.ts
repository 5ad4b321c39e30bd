import { EXPRESS_GB } from "../plan/aws-batches.ts";
import type { AwsFacts } from "../plan/aws-facts.ts";

/** Requests that each invocation makes besides its tasks': its mark twice and a receipt; the cancel marker, and its receipt is read. */
const BATCH_PUTS = 3;
const BATCH_GETS = 2;

/** Dollars at list prices. */
export interface Dollars {
  readonly lambda: number;
  readonly stepFunctions: number;
  readonly s3: number;
  readonly total: number;
}

/** What is counted while a stage is simulated. */
export class Tally {
  tasks = 0;
  children = 0;
  invocations = 0;
  /** Invocations that found no environment. */
  throttles = 0;
  /** Faults of the service that were tried again. */
  faults = 0;
  /** Functions that died of a batch, which a larger one then went on with. */
  deaths = 0;
  /** Invocations whose time was up before their batch was done. */
  handBacks = 0;
  /** Requests that S3 answered 503. */
  refused = 0;
  /** Of Standard children, which are paid by transition; Express ones are paid by number and time. */
  transitions = 0;
  expressChildren = 0;
  expressSeconds = 0;
  /** Of functions at work. */
  functionSeconds = 0;
  mostFunctions = 0;
  events = 0;
  gbSeconds = 0;

  /** An invocation's time as it is billed, its start included. */
  bill(tierMB: number, seconds: number): void {
    this.gbSeconds += (tierMB / 1024) * seconds;
  }

  /** `requests` are those of the tasks, and of who checks the stage. */
  dollars(requests: { gets: number; puts: number; lists: number }, facts: AwsFacts): Dollars {
    const { lambda, stepFunctions, s3 } = facts;
    const gets = requests.gets + this.invocations * BATCH_GETS + this.functionSeconds;
    const puts = requests.puts + this.invocations * BATCH_PUTS;
    const billed = {
      lambda:
        this.gbSeconds * lambda.usdPerGBSecond + (this.invocations * lambda.usdPerMillionRequests) / 1e6,
      stepFunctions:
        (this.transitions * stepFunctions.usdPerMillionTransitions +
          this.expressChildren * stepFunctions.expressUsdPerMillionRequests) /
          1e6 +
        this.expressSeconds * EXPRESS_GB * stepFunctions.expressUsdPerGBSecond,
      s3: (puts * s3.usdPer1000Puts + gets * s3.usdPer1000Gets + requests.lists * s3.usdPer1000Lists) / 1000,
    };
    return { ...billed, total: billed.lambda + billed.stepFunctions + billed.s3 };
  }
}
