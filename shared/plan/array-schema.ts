import * as z from "zod";
import { dtype, json, shape } from "./schema-parts.ts";

const codec = z.discriminatedUnion("name", [
  z.strictObject({
    name: z.literal("blosc"),
    cname: z.enum(["zstd", "lz4"]),
    level: z.number().int(),
    shuffle: z.enum(["shuffle", "noshuffle"]),
  }),
  z.strictObject({ name: z.literal("zstd"), level: z.number().int() }),
  z.strictObject({ name: z.literal("gzip"), level: z.number().int() }),
  z.strictObject({ name: z.literal("none") }),
]);

const arraySpec = z.strictObject({
  zarrFormat: z.union([z.literal(2), z.literal(3)]),
  shape,
  dtype,
  chunkShape: shape,
  shardShape: shape.exactOptional(),
  codec,
  checksum: z.boolean().exactOptional(),
  fillValue: z.union([z.number(), z.string()]),
  dimensionNames: z.array(z.string()).exactOptional(),
  attributes: z.record(z.string(), json).exactOptional(),
});

/** An array that the plan reads or writes. */
export const planArray = z.discriminatedUnion("role", [
  z.strictObject({
    role: z.literal("input"),
    source: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("zarr"), uri: z.string(), path: z.string() }),
      z.strictObject({ kind: z.literal("n5"), uri: z.string(), path: z.string() }),
      z.strictObject({ kind: z.literal("hdf5"), uri: z.string(), path: z.string() }),
      z.strictObject({
        kind: z.literal("image"),
        uri: z.string(),
        series: z.number().int(),
        level: z.number().int(),
      }),
    ]),
    shape,
    dtype,
    chunkShape: shape,
    /** ETags of files by URI, hashes of Zarr and N5 metadata documents: what must not have changed. */
    fingerprints: z.record(z.string(), z.string()),
  }),
  z.strictObject({
    /** `output` lies where the user wants it; `intermediate` under the run's folder until the run has succeeded. */
    role: z.enum(["output", "intermediate"]),
    uri: z.string(),
    path: z.string(),
    spec: arraySpec,
  }),
]);

export type PlanArray = z.infer<typeof planArray>;
export type StoredArray = Extract<PlanArray, { role: "output" | "intermediate" }>;
export type InputArray = Extract<PlanArray, { role: "input" }>;
