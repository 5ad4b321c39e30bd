import * as z from "zod";
import { DTYPES } from "../block/dtype.ts";
import type { Json } from "../errors.ts";

/** Elements per axis. */
export const shape = z.array(z.number().int().nonnegative());

export const dtype = z.enum(DTYPES);

export const json = z.json() as z.ZodType<Json>;
