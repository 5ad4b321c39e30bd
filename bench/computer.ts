import os from "node:os";
import { LAMELLA_VERSION } from "../shared/version.ts";

/** Where and with what something was measured. */
export interface Computer {
  readonly date: string;
  readonly lamella: string;
  readonly node: string;
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Processes that ran or waited during the last minute, before the first measurement. */
  readonly load: number;
}

export function thisComputer(): Computer {
  const cpus = os.cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    lamella: LAMELLA_VERSION,
    node: process.versions.node,
    system: `${os.type()} ${os.release()}, ${os.arch()}`,
    processor: cpus[0]?.model.trim() ?? "unknown",
    cores: cpus.length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    load: os.loadavg()[0]!,
  };
}
