import * as z from "zod";
import type { ArrayNode } from "../../array/nodes.ts";
import { isel, sel } from "../../array/select.ts";
import { slice } from "../../array/view.ts";
import { LamellaError } from "../../errors.ts";
import { common } from "../common-schemas.ts";

const whole = z.number().int();

export const sliceSchema = z.strictObject({
  op: z.literal("slice"),
  ...common,
  index: z.string().describe('as numpy writes it: "0, :, 10:20, ::2"').exactOptional(),
  sel: z
    .record(
      z.string(),
      z.union(
        [
          z.string(),
          z.number(),
          z.tuple([z.number(), z.number()]),
          z.array(z.string()),
          z.strictObject({
            start: z.number().exactOptional(),
            stop: z.number().exactOptional(),
            step: whole.exactOptional(),
          }),
        ],
        { error: "expected a label or a list of them, a coordinate, [from, to], or { start, stop, step }" },
      ),
    )
    .describe('by axis name: labels, a coordinate, or a range of coordinates: { c: "DAPI", t: [0, 5] }')
    .exactOptional(),
  isel: z
    .record(
      z.string(),
      z.union([whole, z.string(), z.array(whole)], {
        error: 'expected an element, a list of them, or a slice such as "2:8"',
      }),
    )
    .describe('by axis name and place: { t: 0, z: "2:8", c: [0, 2] }')
    .exactOptional(),
});

/** The lazy array of a slice step. Throws INVALID_PIPELINE where it doesn't say what to pick, or says it twice. */
export function sliceStep(name: string, step: z.infer<typeof sliceSchema>, input: ArrayNode): ArrayNode {
  const given = [step.index, step.sel, step.isel].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw new LamellaError("INVALID_PIPELINE", `step ${name}: slice takes index, sel or isel, one of them`, {
      hint: 'index: "0, :, 10:20", sel: { c: "DAPI" }, or isel: { t: 0 }.',
    });
  }
  if (step.sel !== undefined) return sel(input, step.sel, name);
  return step.isel !== undefined ? isel(input, step.isel, name) : slice(input, step.index!, name);
}
