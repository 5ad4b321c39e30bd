import type { Draw } from "../properties/draw.ts";
import type { Injection } from "./inject.ts";
import { WIRE_FAULTS, type WireFault } from "./proxy.ts";

/** What happens to an engine while it works. */
export type Fault =
  | { readonly kind: "inject"; readonly injection: Injection }
  | { readonly kind: "signal"; readonly signal: NodeJS.Signals; readonly afterMs: number }
  | { readonly kind: "wire"; readonly fault: WireFault; readonly after: number; readonly times: number }
  | { readonly kind: "twice" };

/** What is known of an undisturbed run, so that faults hit. */
export interface Measured {
  readonly place: "file" | "s3";
  readonly seconds: number;
  /** Operations of the main thread that change files. */
  readonly operations: number;
  readonly requests: number;
}

export function drawFault(
  draw: Draw,
  { place, seconds, operations, requests }: Measured,
  can: { readonly threads: boolean; readonly twice: boolean },
): Fault {
  if (draw.chance(15)) {
    const signal = draw.pick(["SIGKILL", "SIGKILL", "SIGTERM", "SIGINT"] as const);
    return { kind: "signal", signal, afterMs: draw.int(0, Math.ceil(1.2 * seconds * 1000)) };
  }
  if (can.twice && draw.chance(8)) return { kind: "twice" };
  if (place === "s3") {
    const fault = draw.pick(WIRE_FAULTS);
    const times = fault === "hang" ? draw.int(1, 2) : draw.pick([1, 2, 5, 20]);
    return { kind: "wire", fault, after: draw.int(0, requests), times };
  }
  const thread = can.threads && draw.chance(60) ? "worker" : "main";
  const kinds = ["kill", "kill", "kill", "full", "full", "flip"] as const;
  const kind = thread === "worker" && draw.chance(40) ? "exit" : draw.pick(kinds);
  const at = draw.int(0, thread === "worker" ? Math.ceil(operations / 2) : operations);
  return { kind: "inject", injection: { at, thread, kind, when: draw.pick(["before", "half", "after"]) } };
}

/** A fault's kind, to count by, and all of it, to read. */
export function inWords(fault: Fault): { readonly kind: string; readonly text: string } {
  switch (fault.kind) {
    case "inject": {
      const { kind, thread, at, when } = fault.injection;
      const names = {
        kill: "killed at an operation",
        exit: "thread ended",
        full: "disk full",
        flip: "bit flipped after writing",
      };
      return { kind: names[kind], text: `${names[kind]}: ${when} operation ${at} of a ${thread} thread` };
    }
    case "signal":
      return { kind: `${fault.signal} at a time`, text: `${fault.signal} after ${fault.afterMs} ms` };
    case "wire":
      return { kind: fault.fault, text: `${fault.fault} ${fault.times} times after ${fault.after} requests` };
    case "twice":
      return { kind: "batches delivered twice", text: "each batch delivered twice at once" };
  }
}
