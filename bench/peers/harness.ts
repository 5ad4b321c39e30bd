import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { measure } from "../measure.ts";

/** What the harness says of one run of one program on one workload. */
export interface Run {
  readonly wallSeconds: number;
  /** User and system time of the process tree. */
  readonly cpuSeconds: number;
  /** Largest proportional set of the process tree. */
  readonly peakMiB: number;
  /** Of all that was written. */
  readonly outputMB: number;
}

/** How the harness writes them, a JSON document a line. */
interface Recorded {
  readonly ok: number;
  readonly wall: number;
  readonly cpu: number;
  readonly peak_pss_mb: number;
  readonly out_mb: number;
}

export type DataSize = "small" | "large";

/**
 * The harness that measures the peers: a folder with bench.py, verify.py, wl.py, an environment of Python (`venv`) and data of
 * both sizes, as its setup.sh makes it. It deletes outputs before each run, and inputs are in the page cache.
 */
export class Harness {
  readonly root: string;
  readonly python: string;
  readonly data: string;
  private readonly size: DataSize;

  constructor(root: string, size: DataSize) {
    this.root = root;
    this.size = size;
    this.python = path.join(root, "venv/bin/python");
    this.data = path.join(root, "data", size);
  }

  /** What is missing, or undefined. */
  missing(): string | undefined {
    for (const file of ["bench.py", "verify.py", "wl.py", "venv/bin/python", `data/${this.size}`]) {
      if (!existsSync(path.join(this.root, file))) return path.join(this.root, file);
    }
    return undefined;
  }

  /** One run of a peer, or of a command under a name. Undefined where it failed, or can't be had here. */
  async run(
    workload: string,
    program: { readonly peer: string } | { readonly name: string; readonly command: string },
    workers: number,
  ): Promise<Run | undefined> {
    const results = path.join(this.root, "tmp", `results.${process.pid}.jsonl`);
    await mkdir(path.dirname(results), { recursive: true });
    await rm(results, { force: true });
    const what =
      "peer" in program ? ["--peer", program.peer] : ["--cmd", `${program.name}=${program.command}`];
    const options = [
      "--exact",
      "--runs",
      "1",
      "--size",
      this.size,
      "--nw",
      String(workers),
      "--out",
      results,
    ];
    await measure(
      this.python,
      [path.join(this.root, "bench.py"), "--workload", workload, ...what, ...options],
      { env: { PEERS_ROOT: this.root } },
    );
    const recorded = await readFile(results, "utf8").catch(() => "");
    await rm(results, { force: true });
    const last = recorded.trim().split("\n").at(-1);
    if (!last) return undefined;
    const { ok, wall, cpu, peak_pss_mb, out_mb } = JSON.parse(last) as Recorded;
    if (ok === 0) return undefined;
    return { wallSeconds: wall, cpuSeconds: cpu, peakMiB: peak_pss_mb, outputMB: out_mb };
  }

  /** Compares an output with what numpy and scipy give; the harness's own words, which begin with "same" where nothing differs. */
  async verify(workload: string, output: string): Promise<string> {
    const { stdout, stderr } = await measure(
      this.python,
      [path.join(this.root, "verify.py"), workload, output, this.data],
      { env: { PEERS_ROOT: this.root } },
    );
    return stdout.trim() || stderr.trim().split("\n").at(-1) || "no answer";
  }
}
