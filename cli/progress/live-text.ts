import { stripVTControlCharacters } from "node:util";
import { widthOf } from "./text-width.ts";

const DEFAULT_COLUMNS = 80;

/** Lines that stay, and below them one that is drawn again and again where the stream is a terminal. */
export class LiveText {
  readonly #stream: NodeJS.WriteStream;
  /** Columns of what is drawn now. */
  #drawn = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** Whether a line can be drawn over: build servers give terminals to logs that can't. */
  get live(): boolean {
    return this.#stream.isTTY === true && process.env["TERM"] !== "dumb" && !isBuildServer();
  }

  /** Columns of the terminal now: people resize it. The last one is left free, where some terminals wrap. */
  get columns(): number {
    return Math.max(10, (this.#stream.columns || DEFAULT_COLUMNS) - 1);
  }

  draw(line: string): void {
    this.#stream.write(`${this.#eraser()}${line}`);
    this.#drawn = widthOf(stripVTControlCharacters(line));
  }

  line(text: string): void {
    this.#stream.write(`${this.#eraser()}${text}\n`);
    this.#drawn = 0;
  }

  clear(): void {
    if (this.#drawn > 0) this.#stream.write(this.#eraser());
    this.#drawn = 0;
  }

  /** To the beginning of what was drawn, which has wrapped where the terminal got narrower since, and everything behind it away. */
  #eraser(): string {
    if (this.#drawn === 0) return "";
    const rows = Math.ceil(this.#drawn / Math.max(1, this.#stream.columns || DEFAULT_COLUMNS)) - 1;
    return `${rows > 0 ? `\u001b[${rows}A` : ""}\r\u001b[J`;
  }
}

function isBuildServer(): boolean {
  const ci = process.env["CI"] ?? "";
  return ci !== "" && ci !== "0" && ci !== "false";
}
