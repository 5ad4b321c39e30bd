import { mkdir, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Draw } from "../properties/draw.ts";
import { filesOf } from "../support/run.ts";
import { endingTrial } from "./ending.ts";
import { filePlace, type Place, s3Place } from "./place.ts";
import { SCENARIOS, writeInputs } from "./scenarios.ts";
import { type Prepared, prepare, trial } from "./trial.ts";

const TRIALS = Number(process.env["LAMELLA_FAULTS"] ?? 10);
/** Runs that are ended by `clean` and `cancel`. */
const ENDINGS = Number(process.env["LAMELLA_FAULTS_ENDINGS"] ?? Math.ceil(TRIALS / 5));
const SEED = Number(
  process.env["LAMELLA_FAULTS_SEED"] ?? (process.env["CI"] ? 20_261_127 : Date.now() % 2 ** 31),
);

let scratch = "";
const places: Place[] = [];
const prepared = new Map<string, Prepared>();

beforeAll(async () => {
  scratch = await mkdtemp(path.join(os.tmpdir(), "lamella-faults-"));
  const inputs = path.join(scratch, "inputs");
  await writeInputs(inputs);
  for (const make of [filePlace, s3Place]) {
    const folder = path.join(scratch, make.name);
    await mkdir(folder);
    const place = await make(folder);
    for (const [name, bytes] of await filesOf(inputs)) await place.put(name, bytes);
    places.push(place);
  }
});
afterAll(async () => {
  for (const place of places) await place.close();
  await rm(scratch, { recursive: true, force: true });
});

it(`loses nothing in ${TRIALS} trials of random faults, seed ${SEED}`, { timeout: 0 }, async () => {
  const failures: string[] = [];
  const counts = new Map<string, number>();
  const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
  for (let i = 0; i < TRIALS; i++) {
    const draw = new Draw(SEED + i);
    const place = draw.chance(70) ? places[0]! : places[1]!;
    const scenario = draw.pick(SCENARIOS.filter(({ command }) => place.kind === "file" || !command));
    const name = `${place.kind} ${scenario.name}`;
    try {
      if (!prepared.has(name)) prepared.set(name, await prepare(place, scenario));
      const { faults, stayed } = await trial(prepared.get(name)!, draw);
      for (const fault of faults) count(fault);
      if (stayed) count(`ended by a new run after ${stayed}`);
      if ((i + 1) % 20 === 0) console.error(`${i + 1 - failures.length} of ${i + 1} trials lost nothing`);
    } catch (error) {
      failures.push(`LAMELLA_FAULTS_SEED=${SEED + i} LAMELLA_FAULTS=1: ${(error as Error).message}`);
      console.error(failures.at(-1));
    }
  }
  const well = TRIALS - failures.length;
  console.log(`seed ${SEED}: ${well} of ${TRIALS} trials lost nothing: ${inOrder(counts)}`);
  expect(failures).toEqual([]);
});

it(`ends runs well by clean and cancel in ${ENDINGS} trials of random faults, seed ${SEED}`, {
  timeout: 0,
}, async () => {
  const failures: string[] = [];
  const counts = new Map<string, number>();
  const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
  for (let i = 0; i < ENDINGS; i++) {
    const draw = new Draw(SEED + i);
    const place = draw.chance(70) ? places[0]! : places[1]!;
    const scenario = draw.pick(SCENARIOS.filter(({ command }) => !command));
    const name = `${place.kind} ${scenario.name}`;
    try {
      if (!prepared.has(name)) prepared.set(name, await prepare(place, scenario));
      const { how, faults } = await endingTrial(prepared.get(name)!, draw);
      count(how);
      for (const fault of faults) count(fault);
    } catch (error) {
      failures.push(`LAMELLA_FAULTS_SEED=${SEED + i} LAMELLA_FAULTS_ENDINGS=1: ${(error as Error).message}`);
      console.error(failures.at(-1));
    }
  }
  console.log(
    `seed ${SEED}: ${ENDINGS - failures.length} of ${ENDINGS} endings went well: ${inOrder(counts)}`,
  );
  expect(failures).toEqual([]);
});

function inOrder(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort()
    .map(([what, n]) => `${what} ${n}`)
    .join("; ");
}
