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
