import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { YOUNG_HALF_BYTES } from "../../shared/engine/reclaim.ts";

const RECLAIM = new URL("../../shared/engine/reclaim.ts", import.meta.url).href;

/** Makes and keeps objects for a while, as tables of objects do, and prints what the space for new ones came to. */
const script = (bound: boolean) => `
  import v8 from "node:v8";
  import { boundYoungObjects } from ${JSON.stringify(RECLAIM)};
  let kept = [];
  for (let i = 0; i < 12_000_000; i++) {
    kept.push({ i });
    if (kept.length > 150_000) kept = [];
    if (i % 1000 === 0 && ${bound}) boundYoungObjects();
  }
  console.log(v8.getHeapSpaceStatistics().find((s) => s.space_name === "new_space").space_size);
`;

/** On a computer with as much memory as V8 takes for much. */
async function youngBytes(bound: boolean): Promise<number> {
  const args = ["--max-semi-space-size=64", "--input-type=module", "-e", script(bound)];
  return Number((await promisify(execFile)(process.execPath, args)).stdout);
}

it("the space for new objects stops at two halves, and wouldn't by itself", async () => {
  const [bounded, free] = await Promise.all([youngBytes(true), youngBytes(false)]);
  expect(bounded).toBeLessThanOrEqual(2 * YOUNG_HALF_BYTES);
  expect(free).toBeGreaterThan(2 * YOUNG_HALF_BYTES);
}, 60_000);

it("collecting leaves what was compiled before good for threads that begin later", async () => {
  const program = `
    import v8 from "node:v8";
    import vm from "node:vm";
    import { reclaim } from ${JSON.stringify(RECLAIM)};
    const kept = new vm.Script("1 + 1").createCachedData();
    // V8 goes by a source's length and the flags, and doesn't ask for a source that it has compiled itself
    const refused = (source) => new vm.Script(source, { cachedData: kept }).cachedDataRejected;
    reclaim();
    const after = refused("1 + 2");
    v8.setFlagsFromString("--expose-gc");
    console.log(JSON.stringify({ after, withFlag: refused("1 + 3") }));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program]);
  expect(JSON.parse(stdout)).toEqual({ after: false, withFlag: true });
});

it("threads that collect for the first time at once don't take that from each other", async () => {
  const program = `
    import { Worker } from "node:worker_threads";
    import { reclaim } from ${JSON.stringify(RECLAIM)};
    const thread = () => new Promise((resolve, reject) => {
      const code = "import(" + JSON.stringify(${JSON.stringify(RECLAIM)}) + ").then(({ reclaim }) => reclaim())";
      new Worker(code, { eval: true }).on("error", reject).on("exit", resolve);
    });
    for (let i = 0; i < 4; i++) await Promise.all([...Array(6)].map(thread));
    const last = [...Array(6)].map(thread);
    reclaim();
    await Promise.all(last);
    console.log("collected");
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program]);
  expect(stdout).toBe("collected\n");
}, 60_000);
