import type { AwsFacts } from "../plan/aws-facts.ts";
import type { Random } from "./random.ts";

/** One execution environment of a function. */
export interface Environment {
  /** What its tasks' time is multiplied by: hosts differ, and a few are slow. */
  readonly slowness: number;
}

export interface Started {
  readonly environment: Environment;
  readonly isCold: boolean;
}

/**
 * The environments of an account: those that are idle serve the next invocation; new ones come at most as fast as Lambda scales a
 * function, out of a store that refills continuously and holds no more than one period's. Source: AWS Lambda Developer Guide,
 * "Lambda scaling behavior".
 */
export class Environments {
  readonly #facts: AwsFacts;
  readonly #random: Random;
  readonly #idle = new Map<string, Environment[]>();
  readonly #stores = new Map<string, { left: number; at: number }>();
  #busy = 0;
  /** Environments that were ever started. */
  started = 0;

  constructor(facts: AwsFacts, random: Random) {
    this.#facts = facts;
    this.#random = random;
  }

  /** Invokes a function at a time. A refusal says for want of what. */
  invoke(functionName: string, time: number): Started | "account" | "ramp" {
    const { lambda } = this.#facts;
    if (this.#busy >= lambda.concurrency) return "account";
    const idle = this.#idle.get(functionName);
    const warm = idle?.pop();
    if (warm) {
      this.#busy++;
      return { environment: warm, isCold: false };
    }
    if (!this.#takeNew(functionName, time)) return "ramp";
    this.#busy++;
    this.started++;
    return { environment: this.#make(), isCold: true };
  }

  /** An invocation has ended; `lost` where its environment died with it. */
  release(functionName: string, environment: Environment, lost: boolean): void {
    this.#busy--;
    if (lost) return;
    const idle = this.#idle.get(functionName);
    if (idle) idle.push(environment);
    else this.#idle.set(functionName, [environment]);
  }

  #takeNew(functionName: string, time: number): boolean {
    const most = this.#facts.lambda.newEnvironmentsPer10Seconds;
    const store = this.#stores.get(functionName) ?? { left: most, at: time };
    store.left = Math.min(most, store.left + ((time - store.at) * most) / 10);
    store.at = time;
    this.#stores.set(functionName, store);
    if (store.left < 1) return false;
    store.left -= 1;
    return true;
  }

  #make(): Environment {
    const { environmentSpread, slowEnvironments, slowEnvironmentFactor } = this.#facts.simulation;
    const slow = this.#random.next() < slowEnvironments ? slowEnvironmentFactor : 1;
    return { slowness: slow * this.#random.factor(environmentSpread) };
  }
}
