/** The function of a new kernel file, for the step that uses it. */
export const KERNEL_NAME = "aboveBackground";

/** What a new file with an own kernel holds, in TypeScript or JavaScript. Runs as it is on images of uint16. */
export function kernelText(file: string): string {
  const typed = /\.[cm]?ts$/.test(file);
  return `${typed ? 'import type { OwnBlock, OwnContext } from "lamella";\n\n' : ""}/**
 * An own kernel. In a pipeline:
 *   clean: { op: mapBlocks, in: image, module: "${file}#${KERNEL_NAME}", args: { background: 100 }, extent: pointwise }
 *
 * It gets a block of each input: \`data\`, a typed array in C order (the last axis runs fastest), \`shape\` and \`dtype\`; and last
 * what it is told besides: \`args\`, where the block lies, and which shape and dtype to give. The file is bundled with what it
 * imports, and runs in workers, here or in the cloud: it must give the same for the same blocks, and keep nothing between calls.
 *
 * \`extent: pointwise\` says that an element depends on its own place alone, so that chunks don't matter; leave it out where
 * that isn't so. \`mapOverlap\` with a depth and \`extent: depth\` lets it see its neighbours.
 */
export function ${KERNEL_NAME}(${
    typed
      ? `
  { data }: OwnBlock<"uint16">,
  { args }: OwnContext<{ background: number }>,
): Uint16Array`
      : "{ data }, { args })"
  } {
  return data.map((value) => Math.max(0, value - args.background));
}
`;
}
