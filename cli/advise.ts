import { depthPerAxis } from "../shared/array/halo.ts";
import { mapBlocks } from "../shared/array/map.ts";
import type { ArrayNode, KernelNode } from "../shared/array/nodes.ts";
import { LamellaError } from "../shared/errors.ts";
import { allKernels, isKernel, kernelNamed } from "../shared/kernels/registry.ts";
import { hintOfNames } from "../shared/nearest-name.ts";
import { openAny } from "../shared/pipeline/open-any.ts";
import { type Advice, advise, type Layout, type Use } from "../shared/plan/advise.ts";
import { quoted } from "../shared/shell-quote.ts";
import { type AdviseFlags, USES } from "./commands/advise.ts";
import { formatBytes, formatCount, formatUsd, table } from "./format.ts";

/** Prints chunk shapes for a use of an array. */
export async function adviseOn(uri: string, flags: AdviseFlags): Promise<void> {
  const array = await openAny(uri);
  const use = useOf(array, flags);
  const feature = flags.feature === undefined ? {} : { feature: elementsOf(flags.feature, array) };
  const shards = await shardsOf(array);
  const advice = advise(array, use, { ...feature, ...(shards ? { shards } : {}) });
  if (flags.json) {
    const { now, alternatives, best, reasons } = advice;
    process.stdout.write(
      `${JSON.stringify({ axes: array.axes.map(({ name }) => name), shape: array.shape, dtype: array.dtype, now, alternatives, best, reasons })}\n`,
    );
    return;
  }
  process.stdout.write(`${drawn(array, advice, uri)}\n`);
}

/** The shards of a stored Zarr array, which a lazy one doesn't know of. */
async function shardsOf(array: ArrayNode): Promise<readonly number[] | undefined> {
  if (array.kind !== "source" || array.source.kind !== "zarr") return undefined;
  const [{ openZarrArray }, { openStore, parseUri }] = await Promise.all([
    import("../shared/zarr/read.ts"),
    import("../shared/storage/uri.ts"),
  ]);
  const { uri, path } = array.source;
  return (await openZarrArray(await openStore(parseUri(uri)), path)).shardShape;
}

/** A length as elements of each axis. Throws INVALID_ARGUMENT. */
function elementsOf(text: string, array: ArrayNode): number[] {
  try {
    return depthPerAxis(/^\d+$/.test(text) ? Number(text) : text, array).map(([n]) => n);
  } catch (error) {
    if (!(error instanceof LamellaError)) throw error;
    const { message, hint, details } = error;
    throw new LamellaError("INVALID_ARGUMENT", message.replace(/^depth:? /, "--feature "), {
      ...(hint === undefined ? {} : { hint }),
      details,
      cause: error,
    });
  }
}

/** Another place for the same image, whose name says that it is one. */
function copyOf(uri: string): string {
  const [place] = uri.split("#");
  const name = place!.replace(/\/+$/, "").split("/").at(-1)!;
  return `${name.replace(/(\.ome)?\.[a-z0-9]+$/i, "")}-rechunked.ome.zarr`;
}

function useOf(array: ArrayNode, { for: name, args }: AdviseFlags): Use {
  const known = USES.find((use) => use === name);
  if (known) {
    if (args === undefined) return { kind: known };
    throw new LamellaError("INVALID_ARGUMENT", `--args is for a kernel, and ${name} is none`, {
      hint: "Leave --args out, or name a kernel with --for.",
    });
  }
  if (!isKernel(name)) {
    throw new LamellaError("UNKNOWN_KERNEL", `--for ${name} is neither a use nor a kernel`, {
      hint: hintOfNames(name, [...USES, ...allKernels().map((kernel) => kernel.name)]),
    });
  }
  return { kind: "kernel", reach: reachOf(array, name, args ?? {}) };
}

/** How far a kernel looks on an array. Throws INVALID_ARGUMENT for one that looks at its whole block. */
function reachOf(array: ArrayNode, name: string, args: NonNullable<AdviseFlags["args"]>) {
  const kernel = kernelNamed(name);
  const { args: resolved } = mapBlocks(array, { kernel: name, args }) as KernelNode;
  const extent = kernel.extent(resolved, array.shape.length, [array.dtype]);
  if (extent.kind === "pointwise") return array.shape.map(() => [0, 0] as const);
  if (extent.kind === "reach") return extent.reach;
  throw new LamellaError(
    "INVALID_ARGUMENT",
    `${name} looks at its whole block: its result depends on the chunks, whichever they are`,
    {
      hint: extent.instead
        ? `Instead: ${extent.instead}.`
        : "Rechunk so that what it looks at lies in one chunk.",
    },
  );
}

function drawn(array: ArrayNode, { now, alternatives, best, reasons }: Advice, uri: string): string {
  const row = (name: string, layout: Layout): string[] => [
    name,
    layout.chunks.join("x"),
    layout.shards?.join("x") ?? "",
    formatBytes(layout.chunkBytes),
    formatBytes(layout.bytes),
    formatCount(layout.tasks),
    formatCount(layout.objects),
    `x${layout.halo.toFixed(2)}`,
    formatCount(layout.requests),
    formatUsd(layout.usd),
    layout.against.join(", "),
  ];
  const head = [
    "",
    "chunks",
    "shards",
    "a chunk",
    "bytes",
    "tasks",
    "objects",
    "halo",
    "reads",
    "on S3",
    "against it",
  ];
  const rows = alternatives.map((layout, i) => row(i === best ? "best" : "", layout));
  const chosen = alternatives[best]!;
  const shards = chosen.shards ? ` --shards ${chosen.shards.join(",")}` : "";
  return [
    `${array.step}: ${array.axes.map(({ name }) => name).join(", ")} = ${array.shape.join(" x ")} ${array.dtype}`,
    table([head, row("now", now), ...rows], [3, 4, 5, 6, 7, 8, 9]),
    ...reasons,
    `Write it with: lamella convert ${quoted(uri)} ${quoted(copyOf(uri))} --chunks ${chosen.chunks.join(",")}${shards}; in a pipeline: { op: rechunk, chunks: [${chosen.chunks.join(", ")}] }`,
  ].join("\n");
}
