import type { FuzzTarget } from "../target.ts";
import { czi } from "./czi.ts";
import { n5 } from "./n5.ts";
import { ngff } from "./ngff.ts";
import { ome } from "./ome.ts";
import { tiff } from "./tiff.ts";
import { zarr } from "./zarr.ts";
import { zip } from "./zip.ts";

/** The formats whose files are damaged: a new one is written beside these and added here. */
export const TARGETS: readonly FuzzTarget[] = [tiff, ome, zarr, ngff, n5, zip, czi];
