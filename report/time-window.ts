/** The part of a run's time that is looked at, shared by the drawings over time. */
export class TimeWindow {
  /** Milliseconds since the run's beginning. */
  from = 0;
  to = 1;
  #end = 1;
  readonly #listeners: (() => void)[] = [];

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  get isWhole(): boolean {
    return this.from <= 0 && this.to >= this.#end;
  }

  /** The run has become longer: who looks at all of it goes on to. */
  extend(end: number): void {
    const whole = this.isWhole;
    this.#end = Math.max(1, end);
    if (whole) this.show(0, this.#end);
  }

  show(from: number, to: number): void {
    const length = Math.min(this.#end, Math.max(1, to - from));
    this.from = Math.max(0, Math.min(from, this.#end - length));
    this.to = this.from + length;
    for (const listener of this.#listeners) listener();
  }

  /** Zooms about a point: 0.5 shows half as much. */
  zoom(factor: number, about = (this.from + this.to) / 2): void {
    this.show(about - (about - this.from) * factor, about + (this.to - about) * factor);
  }

  /** Moves by a share of what is shown. */
  move(share: number): void {
    const by = share * (this.to - this.from);
    this.show(this.from + by, this.to + by);
  }

  reset(): void {
    this.show(0, this.#end);
  }
}

/** Round times for an axis, at most so many. */
export function ticks(from: number, to: number, most: number): number[] {
  const rough = (to - from) / Math.max(1, most);
  const scale = 10 ** Math.floor(Math.log10(Math.max(rough, 1e-9)));
  const step = [1, 2, 5, 10].map((n) => n * scale).find((n) => n >= rough) ?? 10 * scale;
  const found: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) found.push(at);
  return found;
}

/** Milliseconds as text of an axis. */
export function clock(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 120) return `${Number(seconds.toFixed(seconds < 10 ? 2 : 1))} s`;
  if (seconds < 7200)
    return `${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, "0")} min`;
  return `${(seconds / 3600).toFixed(2)} h`;
}
