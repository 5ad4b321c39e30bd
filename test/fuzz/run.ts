import { isLamellaError } from "../../shared/errors.ts";
import { generator } from "../support/mutate.ts";
import type { Seed } from "./target.ts";
import { TARGETS } from "./targets/index.ts";

/** What the fuzzer's process says now and then: how far it is, what went wrong, and at last what came of it all. */
export interface FuzzReport {
  readonly done: number;
  readonly failures: readonly string[];
  /** How many of each target were read, and refused with each code. */
  readonly outcomes: { readonly [target: string]: { readonly [outcome: string]: number } };
  /** The most memory that the process has taken. */
  readonly peakBytes: number;
  /** The longest that one file took. */
  readonly slowest: { readonly milliseconds: number; readonly mutation: string };
}

/**
 * `node test/fuzz/run.ts SEED MUTATIONS [FIRST]`: damages and reads. Each mutation follows from the seed and its
 * number alone, so that one that fails can be had again: FIRST its number, MUTATIONS 1.
 */
const [seed = 1, mutations = 10_000, first = 0] = process.argv.slice(2).map(Number);
const REPORT_EVERY = 200;

interface Draw {
  readonly target: string;
  readonly seeds: readonly Seed[];
}

const shares: Draw[] = [];
for (const target of TARGETS) {
  const seeds = await target.seeds();
  for (let i = 0; i < target.share; i++) shares.push({ target: target.name, seeds });
}
const failures: string[] = [];
const outcomes: { [target: string]: { [outcome: string]: number } } = {};
let slowest = { milliseconds: 0, mutation: "" };
for (let i = first; i < first + mutations; i++) {
  const random = generator(seed * 1_000_003 + i);
  const { target, seeds } = shares[i % shares.length]!;
  const chosen = seeds[random(seeds.length)]!;
  const bytes = chosen.damage(chosen.bytes, random);
  const mutation = `mutation ${i} of seed ${seed} (${target}, ${chosen.name})`;
  const began = performance.now();
  let outcome = "read";
  try {
    await chosen.read(bytes);
  } catch (error) {
    if (isLamellaError(error) && error.code !== "INTERNAL") outcome = error.code;
    else failures.push(`${mutation}: ${(error as Error)?.stack ?? error}`);
  }
  const milliseconds = performance.now() - began;
  if (milliseconds > slowest.milliseconds) slowest = { milliseconds, mutation };
  outcomes[target] ??= {};
  const counted = outcomes[target];
  counted[outcome] = (counted[outcome] ?? 0) + 1;
  if ((i + 1) % REPORT_EVERY === 0 || i === first + mutations - 1) report(i + 1 - first);
  if (failures.length >= 10) break;
}
report(mutations);

function report(done: number): void {
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  const line: FuzzReport = { done, failures, outcomes, peakBytes, slowest };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
