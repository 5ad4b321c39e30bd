import { readFileSync } from "node:fs";

const SAMPLE_MS = 250;

/** Samples the resident memory of processes that come and go, Linux only: how large the largest of them is. */
export class ProcessesMemory {
  readonly #find: () => readonly number[];
  readonly #timer: NodeJS.Timeout;
  readonly #seen = new Set<number>();
  /** Bytes at each sample that met any, the first one first. */
  readonly largest: number[] = [];

  constructor(find: () => readonly number[]) {
    this.#find = find;
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  /** How many there were in all. */
  get processes(): number {
    return this.#seen.size;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    let largest = 0;
    for (const pid of this.#find()) {
      this.#seen.add(pid);
      largest = Math.max(largest, residentBytes(pid));
    }
    if (largest > 0) this.largest.push(largest);
  }
}

/** 0 where the process has ended since. */
function residentBytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
