import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { createInterface, type Interface } from "node:readline";
import { type Block, sizeOf } from "../../shared/block/block.ts";
import { type DType, viewOf } from "../../shared/block/dtype.ts";
import type { Json } from "../../shared/errors.ts";

type Request = { readonly [key: string]: Json };

type Answer =
  | { readonly error: string }
  | { readonly seconds: number }
  | { readonly saved: readonly { readonly dtype: DType | "bool"; readonly shape: readonly number[] }[] };

/** Libraries that Python's would otherwise start threads of their own by. */
const ONE_THREAD = {
  OMP_NUM_THREADS: "1",
  OPENBLAS_NUM_THREADS: "1",
  MKL_NUM_THREADS: "1",
  BLOSC_NTHREADS: "1",
};

/** A Python process that does what it is asked for, one request after another: see answers.py. */
export class Partner {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  constructor(python: string, script: string, args: readonly string[]) {
    this.#child = spawn(python, [path.join(import.meta.dirname, script), ...args], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, ...ONE_THREAD },
    });
    this.#reader = createInterface({ input: this.#child.stdout! });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** The least time that it takes, seconds of its thread, in a turn of `seconds`. */
  async time(request: Request, seconds: number): Promise<number> {
    const answer = await this.#ask({ ...request, seconds });
    if (!("seconds" in answer)) throw new Error(`${JSON.stringify(request)} wasn't timed`);
    return answer.seconds;
  }

  /** What comes out, by way of files in `folder`. */
  async results(request: Request, folder: string): Promise<Block[]> {
    const answer = await this.#ask({ ...request, folder });
    if (!("saved" in answer)) throw new Error(`${JSON.stringify(request)} gave nothing`);
    return Promise.all(
      answer.saved.map(async ({ dtype, shape }, i) => {
        const bytes = Uint8Array.from(await readFile(path.join(folder, `${i}.raw`)));
        return { dtype, shape, data: viewOf(dtype, bytes.buffer, 0, sizeOf(shape)) };
      }),
    );
  }

  async #ask(request: Request): Promise<Answer> {
    this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
    const line = await this.#lines.next();
    if (line.done) throw new Error(`Python ended at ${JSON.stringify(request)}`);
    const answer = JSON.parse(line.value) as Answer;
    if ("error" in answer) throw new Error(`${JSON.stringify(request)}: ${answer.error}`);
    return answer;
  }

  close(): void {
    this.#child.stdin!.end();
    this.#reader.close();
  }
}
