const INTERVAL_MS = 25;

/** Samples the resident set of this process, worker threads included, and keeps the largest. */
export class PeakMeter {
  #peak = process.memoryUsage.rss();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => this.#sample(), INTERVAL_MS);
    this.#timer.unref();
  }

  /** Bytes. */
  get peak(): number {
    return this.#peak;
  }

  stop(): void {
    this.#sample();
    clearInterval(this.#timer);
  }

  #sample(): void {
    this.#peak = Math.max(this.#peak, process.memoryUsage.rss());
  }
}
