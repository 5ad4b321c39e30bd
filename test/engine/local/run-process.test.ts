import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { isAlive, thisProcess } from "../../../shared/engine/local/run-process.ts";

test("this process is alive, and another that has its number isn't it", () => {
  const own = thisProcess();
  expect(isAlive(own)).toBe(true);
  if (own.start !== undefined) expect(isAlive({ ...own, start: "1" })).toBe(false);
  expect(isAlive({ ...own, host: "elsewhere" })).toBeUndefined();
});

test("a process that has ended is not alive", async () => {
  const child = spawn(process.execPath, ["-e", ""]);
  const { pid } = child;
  await once(child, "exit");
  expect(isAlive({ ...thisProcess(), pid: pid! })).toBe(false);
});
