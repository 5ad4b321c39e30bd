import type { Json } from "../../errors.ts";
import type { Answer } from "./answer.ts";
import type { LocalRequest, Mount } from "./server.ts";

/** Events that a reader may be behind; one that is further behind is let go, and comes again by itself. */
const MOST_BEHIND = 1000;
/** How often a word is sent that nothing has to be said, so that both ends notice when the other has gone, ms. */
const HEARTBEAT = 15_000;

interface Reader {
  readonly queue: string[];
  wake: () => void;
}

/**
 * Server-sent events (HTML, 9.2) to any number of readers: `new EventSource("api/events")` in a page. Each event has a
 * name and a JSON value. Who comes later is told first what `greet` gives: the state of things so far.
 */
export class EventHub implements Mount {
  readonly isLong = true;
  readonly #readers = new Set<Reader>();
  readonly #greet: () => readonly { readonly name: string; readonly value: unknown }[];

  constructor(
    options: { readonly greet?: () => readonly { readonly name: string; readonly value: unknown }[] } = {},
  ) {
    this.#greet = options.greet ?? (() => []);
  }

  /** How many read now. */
  get readers(): number {
    return this.#readers.size;
  }

  send(name: string, value: unknown): void {
    const text = eventText(name, value as Json);
    for (const reader of this.#readers) {
      reader.queue.push(text);
      if (reader.queue.length > MOST_BEHIND) this.#readers.delete(reader);
      reader.wake();
    }
  }

  answer(request: LocalRequest): Answer | undefined {
    if (request.key !== "") return undefined;
    return {
      status: 200,
      headers: { "Content-Type": "text/event-stream", "Cache-Control": "no-store" },
      ...(request.method === "HEAD" ? {} : { body: this.#read(request.signal) }),
    };
  }

  async *#read(signal: AbortSignal): AsyncGenerator<string> {
    const reader: Reader = { queue: [": hello\n\n"], wake: () => {} };
    for (const { name, value } of this.#greet()) reader.queue.push(eventText(name, value as Json));
    this.#readers.add(reader);
    const onAbort = (): void => reader.wake();
    signal.addEventListener("abort", onAbort);
    try {
      while (!signal.aborted) {
        if (reader.queue.length > 0) {
          yield reader.queue.splice(0).join("");
        } else if (!this.#readers.has(reader)) {
          return;
        } else if (!(await woken(reader))) {
          yield ": still here\n\n";
        }
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#readers.delete(reader);
    }
  }
}

/** False where nothing came for as long as a heartbeat. */
function woken(reader: Reader): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), HEARTBEAT);
    timer.unref();
    reader.wake = () => {
      clearTimeout(timer);
      resolve(true);
    };
  });
}

function eventText(name: string, value: Json): string {
  // JSON has no line breaks of its own: an event is one line of data.
  return `event: ${name}\ndata: ${JSON.stringify(value)}\n\n`;
}
