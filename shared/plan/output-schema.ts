import * as z from "zod";
import { json } from "./schema-parts.ts";

const axis = z.strictObject({
  name: z.string(),
  type: z.enum(["time", "channel", "space"]).exactOptional(),
  unit: z.string().exactOptional(),
  scale: z.number(),
  translation: z.number(),
});

const channel = z.strictObject({
  label: z.string(),
  color: z.string().exactOptional(),
  window: z
    .strictObject({ min: z.number(), max: z.number(), start: z.number(), end: z.number() })
    .exactOptional(),
  active: z.boolean().exactOptional(),
  inverted: z.boolean().exactOptional(),
});

const imageMetadata = z.strictObject({
  name: z.string().exactOptional(),
  axes: z.array(axis),
  channels: z.array(channel).exactOptional(),
  values: z
    .strictObject({ photometric: z.string(), palette: z.array(z.string()).exactOptional() })
    .exactOptional(),
});

/** An image, label image or plain array among the outputs, with what its metadata documents will say. */
const planImage = z.strictObject({
  kind: z.enum(["image", "labels", "array"]),
  /** Where in the output's store its group lies; "" is the root. */
  path: z.string(),
  /** Array id, path relative to `path`, and how many elements of level 0 one element covers, per axis. */
  levels: z
    .array(
      z.strictObject({ array: z.string(), path: z.string(), factors: z.array(z.number().int().positive()) }),
    )
    .min(1),
  metadata: imageMetadata,
  method: z.string().exactOptional(),
  /** Labels: what `image-label` says besides the source, where it isn't made anew. */
  imageLabel: z.record(z.string(), json).exactOptional(),
  /** How many levels after the first are the source's own, not made by the method. */
  reused: z.number().int().positive().exactOptional(),
  /**
   * The image is there, and only levels are added after the first: the arrays, relative to `path`, that go before; and whether
   * the group says nothing of an image yet.
   */
  added: z.strictObject({ replaces: z.array(z.string()), isBare: z.boolean() }).exactOptional(),
  /** Index of the stage that measures its display windows. */
  statisticsStage: z.number().int().exactOptional(),
});

export const planOutput = z.strictObject({
  uri: z.string(),
  /** What the user is told: the output's own URI, for labels with the path under their image. */
  shown: z.string(),
  /** Folder in the store that the run claims and, with overwrite, clears; "" is the store itself. */
  root: z.string(),
  zarrFormat: z.union([z.literal(2), z.literal(3)]),
  layout: z.enum(["image", "labels", "array", "bioformats2raw", "table", "levels"]),
  /** None in a table. */
  images: z.array(planImage),
  /** A table: the file in the output's store, and its key in the run's folder until then. */
  table: z.strictObject({ key: z.string(), file: z.string() }).exactOptional(),
  /** Kept whole as OME/METADATA.ome.xml, in the bioformats2raw layout. */
  omeXml: z.string().exactOptional(),
  /** The images are fields of a plate: the groups above them, from the inside out, and what the plate's own says. */
  plate: z
    .strictObject({
      groups: z.array(z.strictObject({ path: z.string(), attributes: z.record(z.string(), json) })),
      root: z.record(z.string(), json),
    })
    .exactOptional(),
});

export type PlanImage = z.infer<typeof planImage>;
export type PlanOutput = z.infer<typeof planOutput>;
