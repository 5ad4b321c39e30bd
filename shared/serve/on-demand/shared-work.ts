interface Work<T> {
  readonly abort: AbortController;
  readonly promise: Promise<T>;
  waiting: number;
}

/** Pieces of work by name. Who asks for one that is under way waits for it too; it is cancelled when the last of them has gone. */
export class SharedWork<T> {
  readonly #works = new Map<string, Work<T>>();

  /** How many are under way. */
  get size(): number {
    return this.#works.size;
  }

  /** Joins the work of this name, or begins it. Rejects with the signal's reason once that aborts. */
  join(name: string, signal: AbortSignal, begin: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const work = this.#works.get(name) ?? this.#begin(name, begin);
    work.waiting++;
    return new Promise<T>((resolve, reject) => {
      const leave = (): void => {
        reject(signal.reason);
        if (--work.waiting > 0) return;
        // From now on whoever asks begins anew.
        if (this.#works.get(name) === work) this.#works.delete(name);
        work.abort.abort(signal.reason);
      };
      signal.addEventListener("abort", leave, { once: true });
      const stay = (): void => signal.removeEventListener("abort", leave);
      work.promise.then(
        (value) => {
          stay();
          resolve(value);
        },
        (error: unknown) => {
          stay();
          reject(error);
        },
      );
    });
  }

  #begin(name: string, begin: (signal: AbortSignal) => Promise<T>): Work<T> {
    const abort = new AbortController();
    const promise = begin(abort.signal).finally(() => {
      if (this.#works.get(name) === work) this.#works.delete(name);
    });
    const work: Work<T> = { abort, promise, waiting: 0 };
    promise.catch(() => {});
    this.#works.set(name, work);
    return work;
  }
}
