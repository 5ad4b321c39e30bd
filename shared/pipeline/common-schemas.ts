import * as z from "zod";
import { NOT_FINITE } from "../block/boundary.ts";

/** A value for all axes, per axis, or by axis. */
export const perAxis = z.union(
  [
    z.number(),
    z.string(),
    z.array(
      z.union([
        z.number(),
        z.string(),
        z.tuple([z.union([z.number(), z.string()]), z.union([z.number(), z.string()])]),
      ]),
    ),
    z.record(z.string(), z.union([z.number(), z.string(), z.tuple([z.number(), z.number()])])),
  ],
  { error: 'expected a number, a length such as "2 um", a list with an entry per axis, or a map by axis' },
);
export const boundary = z.union(
  [z.string(), z.number(), z.strictObject({ constant: z.union([z.number(), z.enum(NOT_FINITE)]) })],
  { error: "expected the name of a boundary, a number, or { constant: value }" },
);
/** What nearly every step has. */
export const common = {
  in: z.string().describe("an input or an earlier step"),
  dtype: z.string().exactOptional().describe("cast the result to this dtype"),
};
