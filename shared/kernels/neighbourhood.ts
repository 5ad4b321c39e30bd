import type { Axis } from "../block/axes.ts";
import { LamellaError } from "../errors.ts";
import { spatialAxes } from "./per-axis.ts";

/**
 * Which elements touch: those that differ by one step along at most `connectivity` of the connected axes, and by none
 * along the others. Connectivity 1 is faces only. Equals scipy.ndimage.generate_binary_structure over the connected axes.
 */
export interface Neighbourhood {
  readonly connectivity: number;
  /** Per axis. Time and channels are not connected. */
  readonly connected: readonly boolean[];
}

/** The neighbourhood on these axes. Throws INVALID_ARGS for a connectivity above the number of connected axes. */
export function resolveNeighbourhood(connectivity: number, axes: readonly Axis[]): Neighbourhood {
  const connected = spatialAxes(axes);
  const rank = connected.filter(Boolean).length;
  if (connectivity > Math.max(1, rank)) {
    throw new LamellaError(
      "INVALID_ARGS",
      `connectivity is ${connectivity}, the array has ${rank} connected axes`,
      {
        hint: `Use 1 (faces) to ${Math.max(1, rank)} (faces, edges and corners).`,
      },
    );
  }
  return { connectivity, connected };
}

/** The steps to the neighbours that come before an element in C order: half of all of them. */
export function precedingSteps({ connectivity, connected }: Neighbourhood): number[][] {
  let steps: number[][] = [[]];
  for (const isConnected of connected) {
    const choices = isConnected ? [-1, 0, 1] : [0];
    steps = steps.flatMap((step) => choices.map((d) => [...step, d]));
  }
  return steps.filter((step) => {
    const moved = step.filter((d) => d !== 0).length;
    return moved > 0 && moved <= connectivity && step.find((d) => d !== 0) === -1;
  });
}
