/** What happens later, soonest first; of what happens at one time, in the order in which it was added. A binary heap. */
export class EventQueue<T> {
  readonly #times: number[] = [];
  readonly #orders: number[] = [];
  readonly #events: T[] = [];
  #added = 0;

  get size(): number {
    return this.#events.length;
  }

  /** When the next event happens; infinite where there is none. */
  get time(): number {
    return this.#times[0] ?? Number.POSITIVE_INFINITY;
  }

  add(time: number, event: T): void {
    let at = this.#events.length;
    const order = this.#added++;
    this.#times.push(time);
    this.#orders.push(order);
    this.#events.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#times[parent]! <= time) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#put(at, time, order, event);
  }

  take(): T | undefined {
    const first = this.#events[0];
    const time = this.#times.pop();
    const order = this.#orders.pop();
    const event = this.#events.pop();
    if (time === undefined || this.#events.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#events.length) break;
      if (
        child + 1 < this.#events.length &&
        this.#isSooner(child + 1, this.#times[child]!, this.#orders[child]!)
      )
        child++;
      if (!this.#isSooner(child, time, order!)) break;
      this.#move(child, at);
      at = child;
    }
    this.#put(at, time, order!, event!);
    return first;
  }

  #isSooner(at: number, time: number, order: number): boolean {
    const other = this.#times[at]!;
    return other < time || (other === time && this.#orders[at]! < order);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#times[from]!, this.#orders[from]!, this.#events[from]!);
  }

  #put(at: number, time: number, order: number, event: T): void {
    this.#times[at] = time;
    this.#orders[at] = order;
    this.#events[at] = event;
  }
}
