import { execFileSync } from "node:child_process";

/** The kernel module is generated: bring it up to date before any test imports it. */
export default function setup(): void {
  execFileSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });
}
