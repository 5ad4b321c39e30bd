import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { expr } from "../shared/index.ts";
import { Heap, type HeapBlock } from "../shared/kernels/heap.ts";
import { gaussian } from "../shared/kernels/index.ts";
import { kernelModule } from "../shared/kernels/wasm/module.ts";
import { disagreement } from "./agreement.ts";
import { CODECS, type CodecSide, ownSide, peerSide } from "./codecs/sides.ts";
import { evaluator } from "./kernels/evaluate.ts";
import { makeInputs } from "./kernels/inputs.ts";
import { Partner } from "./peers/partner.ts";
import { peerPython } from "./peers/python.ts";
import type { SuiteOptions } from "./suite.ts";
import { formatNumber, formatRatio, type Table } from "./table.ts";
import { TURN_SECONDS } from "./thread-time.ts";

interface Measured {
  readonly encodeSeconds: number;
  readonly decodeSeconds: number;
  readonly encodedBytes: number;
}

export interface CodecRow {
  readonly data: string;
  readonly codec: string;
  readonly bytes: number;
  readonly own: Measured;
  readonly peer?: Measured;
}

export interface CodecsResult {
  readonly runs: number;
  readonly rows: readonly CodecRow[];
  readonly versions?: { readonly [name: string]: string };
  /** Why there is nothing beside it. */
  readonly skipped?: string;
  readonly failures: readonly string[];
}

/**
 * Encoding and decoding a chunk, as tasks do it, beside numcodecs: one thread each, in turn. Each has to decode what the other
 * encoded.
 */
export async function codecs(options: SuiteOptions): Promise<CodecsResult> {
  const { runs, only, log } = options;
  const folder = path.join(options.folder, "codecs");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const python = await peerPython(options.python, ["numpy", "numcodecs"]);
  if ("why" in python) log(`nothing beside it: ${python.why}`);
  const partner = "why" in python ? undefined : new Partner(python.program, "codecs.py", []);
  const heap = new Heap(kernelModule());
  const rows: CodecRow[] = [];
  const failures: string[] = [];
  const names = Object.keys(CODECS).filter((name) => !only || only.some((prefix) => name.startsWith(prefix)));
  try {
    for (const [data, block] of Object.entries(await chunks(heap, options.size))) {
      for (const codec of names) {
        const own = ownSide(codec, block, heap);
        const peer = partner && (await peerSide(codec, block, partner, folder));
        const wrong = await wrongWith(block, own, peer);
        failures.push(...wrong.map((what) => `${data}, ${codec}: ${what}`));
        const seconds = options.size === "large" ? TURN_SECONDS : 0;
        const [ours, theirs] = await inTurn(peer ? [own, peer] : [own], runs, seconds);
        const bytes = block.data.byteLength;
        const row = { data, codec, bytes, own: ours!, ...(theirs ? { peer: theirs } : {}) };
        log(`${data}, ${codec}: ${told(row.own)}${theirs ? `, beside ${told(theirs)}` : ""}`);
        rows.push(row);
      }
    }
  } finally {
    partner?.close();
    await rm(folder, { recursive: true, force: true });
  }
  return {
    runs,
    rows,
    ...("why" in python ? { skipped: python.why } : { versions: python.versions }),
    failures,
  };
}

/** Chunks of 8.4 MB where the size is large: what a camera gives, what is smoothed, what is computed in floats. */
async function chunks(
  heap: Heap,
  size: SuiteOptions["size"],
): Promise<{ readonly [data: string]: HeapBlock }> {
  const images = makeInputs(size).images["uint16"]!.map((block) => heap.copyIn(block));
  const camera = images[0]!;
  const smooth = evaluator(heap, images, ([a]) =>
    a!.mapOverlap(gaussian({ sigma: 2 }), { depth: 8, boundary: "reflect" }).astype("uint16"),
  );
  const ratio = evaluator(heap, images, ([a, b, c]) =>
    expr("(float32(a) - float32(b)) / float32(c)", { a: a!, b: b!, c: c! }).slice(`:${camera.shape[0]! / 2}`),
  );
  return { "camera, uint16": camera, "smoothed, uint16": await smooth(), "ratio, float32": await ratio() };
}

/** What doesn't come back as it was: of their own, and of each other's. */
export async function wrongWith(
  block: HeapBlock,
  own: CodecSide,
  peer: CodecSide | undefined,
): Promise<string[]> {
  const wrong: string[] = [];
  const check = async (what: string, decoder: CodecSide, encoder: CodecSide): Promise<void> => {
    const difference = disagreement([await decoder.decode(await encoder.encode())], [block]);
    if (difference) wrong.push(`${what}: ${difference}`);
  };
  await check("Lamella's own", own, own);
  if (peer) {
    await check("numcodecs decodes Lamella's", peer, own);
    await check("Lamella decodes numcodecs'", own, peer);
  }
  return wrong;
}

/** The least that each takes in `runs` turns, decoding what it has encoded itself. */
async function inTurn(sides: readonly CodecSide[], runs: number, seconds: number): Promise<Measured[]> {
  const encoded = await Promise.all(sides.map((side) => side.encode()));
  const least = encoded.map((bytes) => ({
    encodeSeconds: Number.POSITIVE_INFINITY,
    decodeSeconds: Number.POSITIVE_INFINITY,
    encodedBytes: bytes.byteLength,
  }));
  for (let round = 0; round < runs; round++) {
    for (const [i, side] of sides.entries()) {
      const best = least[i]!;
      best.encodeSeconds = Math.min(best.encodeSeconds, await side.timeEncode(seconds));
      best.decodeSeconds = Math.min(best.decodeSeconds, await side.timeDecode(encoded[i]!, seconds));
    }
  }
  return least;
}

function told({ encodeSeconds, decodeSeconds, encodedBytes }: Measured): string {
  return `${formatNumber(encodeSeconds * 1000)} and ${formatNumber(decodeSeconds * 1000)} ms, ${encodedBytes} bytes`;
}

/** What is printed, and goes into docs/benchmarks.md. */
export function codecsTable({ rows }: CodecsResult): Table {
  const ms = (seconds: number | undefined) => formatNumber(seconds && seconds * 1000);
  const ratio = (bytes: number, side: Measured | undefined) => side && bytes / side.encodedBytes;
  return {
    head: [
      "chunk",
      "codec",
      "encode ms",
      "numcodecs' ms",
      "times as fast",
      "decode ms",
      "numcodecs' ms",
      "times as fast",
      "compressed",
      "by numcodecs",
    ],
    rows: rows.map(({ data, codec, bytes, own, peer }) => [
      data,
      codec,
      ms(own.encodeSeconds),
      ms(peer?.encodeSeconds),
      formatRatio(peer && peer.encodeSeconds / own.encodeSeconds),
      ms(own.decodeSeconds),
      ms(peer?.decodeSeconds),
      formatRatio(peer && peer.decodeSeconds / own.decodeSeconds),
      formatRatio(ratio(bytes, own)),
      formatRatio(ratio(bytes, peer)),
    ]),
  };
}

/** What a reader of the table must know. */
export function codecsNotes({ rows, runs, versions, skipped }: CodecsResult): string {
  const beside = versions
    ? `Each side decoded what the other had encoded. Python ${versions["python"]}, numcodecs ${versions["numcodecs"]}.`
    : `numcodecs wasn't measured: ${skipped}.`;
  const megabytes = formatNumber((rows[0]?.bytes ?? 0) / 1e6);
  return `Chunks of ${megabytes} MB: blobs with camera noise; the same smoothed by a Gaussian of sigma 2; a ratio of three such images. One thread on each side, its processor time: the least of ${runs} turns, each of ${TURN_SECONDS * 1000} ms or one call. Lamella's as in a task: from the heap to the bytes that are stored, and from those to a chunk. ${beside}`;
}
