import { execFileSync } from "node:child_process";
import { rm } from "node:fs/promises";
import { instanceFolder } from "../../localstack/paths.ts";
import { stop } from "../../localstack/start.ts";

/**
 * The kernel module is generated: bring it up to date before any test imports it. The tests on LocalStack share one instance, which the first
 * of them starts and which ends with the whole: its name is this process's own.
 */
export default function setup(): () => Promise<void> {
  execFileSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });
  const name = `test-${process.pid}`;
  process.env["LAMELLA_TEST_CLOUD"] = name;
  return async () => {
    await stop(name);
    await rm(`${instanceFolder(name)}.lock`, { recursive: true, force: true });
    await rm(instanceFolder(name), { recursive: true, force: true });
  };
}
