import { existsSync, readdirSync, readFileSync } from "node:fs";

const SAMPLE_MS = 20;
/** Processes come and go seldom; finding them means a look at every process of the computer. */
const SAMPLES_PER_SEARCH = 10;

/**
 * Samples the resident memory of all descendants of a process, Linux only. Pages that processes share are counted in each.
 * The kernel's own high-water mark of each process catches what falls between two samples.
 */
export class TreeMemory {
  readonly #root: number;
  readonly #timer: NodeJS.Timeout | undefined;
  #pids: number[] = [];
  #samples = 0;
  #peak = 0;
  readonly #history: number[] = [];

  constructor(root: number) {
    this.#root = root;
    if (existsSync("/proc/self/status")) this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  /** Undefined where it can't be measured. */
  get peakBytes(): number | undefined {
    return this.#timer && this.#peak;
  }

  /** All samples in bytes, the first one first. */
  get history(): readonly number[] {
    return this.#history;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    if (this.#samples++ % SAMPLES_PER_SEARCH === 0 || this.#pids.length === 0) {
      this.#pids = descendants(this.#root);
    }
    let sum = 0;
    for (const pid of this.#pids) {
      const status = read(`/proc/${pid}/status`);
      sum += kibibytes(status, "VmRSS") * 1024;
      this.#peak = Math.max(this.#peak, kibibytes(status, "VmHWM") * 1024);
    }
    this.#peak = Math.max(this.#peak, sum);
    this.#history.push(sum);
  }
}

/** Process ids below `root`, without it. */
function descendants(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    // The command, in parentheses, may hold anything.
    const parent = Number(read(`/proc/${name}/stat`).split(") ").at(-1)?.split(" ")[1]);
    const siblings = children.get(parent);
    if (siblings) siblings.push(Number(name));
    else children.set(parent, [Number(name)]);
  }
  const found = [...(children.get(root) ?? [])];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

function kibibytes(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
}

/** Empty where the process has ended since. */
function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}
