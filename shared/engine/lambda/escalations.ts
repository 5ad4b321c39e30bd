import type { Escalation } from "../receipts.ts";

/** "Runtime.ExitError@1769 Sandbox.Timedout@3538" as records. */
export function escalationsOf(lost = ""): Escalation[] {
  return lost
    .split(" ")
    .filter((each) => each !== "")
    .map((each) => {
      const at = each.lastIndexOf("@");
      return { tierMB: Number(each.slice(at + 1)), error: each.slice(0, at) };
    });
}
