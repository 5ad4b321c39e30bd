import { describe, expect, it } from "vitest";
import { childSeconds, measure, median } from "../../bench/measure.ts";

const BURN = "const end = process.cpuUsage().user + 3e5; while (process.cpuUsage().user < end);";
const spawnNode = (code: string) =>
  `require("node:child_process").execFileSync(process.execPath, ["-e", ${JSON.stringify(code)}])`;

describe("measure", () => {
  it("counts the processor time of children and grandchildren", async () => {
    const { status, cpuSeconds } = await measure(process.execPath, ["-e", spawnNode(BURN)]);
    expect(status).toBe(0);
    expect(cpuSeconds).toBeGreaterThan(0.3);
  });

  it("gives the command's output and status", async () => {
    const code = "console.log('out'); console.error('err'); process.exit(3)";
    expect(await measure(process.execPath, ["-e", code])).toMatchObject({
      status: 3,
      stdout: "out\n",
      stderr: "err\n",
    });
  });

  it.skipIf(process.platform !== "linux")("adds the memory of processes that run at once", async () => {
    const hold = "const held = Buffer.alloc(100 * 2 ** 20, 1); setTimeout(() => held, 800)";
    const { peakMiB } = await measure(process.execPath, [
      "-e",
      `const held = Buffer.alloc(100 * 2 ** 20, 1); ${spawnNode(hold)}; held.at(0)`,
    ]);
    expect(peakMiB).toBeGreaterThan(200);
  });
});

describe("childSeconds", () => {
  it("reads the second line of times, as shells print it", () => {
    expect(childSeconds("0m0.00s 0m0.01s\n1m9.44s 0m1.12s\n")).toBeCloseTo(70.56);
    expect(childSeconds("0m0,000s 0m0,010s\n0m9,440s 0m1,120s\n")).toBeCloseTo(10.56);
  });
});

describe("median", () => {
  it("takes the middle, or the mean of the two", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });
});
