import type { Axis, Channel } from "../../block/axes.ts";
import type { Json } from "../../errors.ts";
import { unitName } from "../ngff/units.ts";
import type { Hdf5File } from "./file.ts";

/** An image whose time points and channels are datasets of their own: z, y, x each. */
export interface StackedImage {
  readonly name: string;
  /** By time, then by channel. */
  readonly paths: readonly (readonly string[])[];
  /** What of a dataset is the image: Imaris pads to whole chunks. */
  readonly size?: readonly [z: number, y: number, x: number];
  readonly axes: readonly Axis[];
  readonly channels?: readonly Channel[];
  /** BigDataViewer stores uint16 as int16. */
  readonly dtype?: "uint16";
}

const LEVEL = "DataSet/ResolutionLevel 0";
const MOST_PLACES = 4096;

/** The image of an Imaris file (.ims), its full resolution; undefined where the file is none. Source: the Imaris 5.5 file format. */
export async function imarisImage(file: Hdf5File): Promise<StackedImage | undefined> {
  if ((await file.kindOf(LEVEL).catch(() => undefined)) !== "group") return undefined;
  const times = await countOf(file, LEVEL, "TimePoint");
  const channels = await countOf(file, `${LEVEL}/TimePoint 0`, "Channel");
  if (times === 0 || channels === 0 || times * channels > MOST_PLACES) return undefined;
  const paths = Array.from({ length: times }, (_, t) =>
    Array.from({ length: channels }, (_, c) => `${LEVEL}/TimePoint ${t}/Channel ${c}/Data`),
  );
  const info = await file.attributes("DataSetInfo/Image").catch((): { [name: string]: Json } => ({}));
  const first = await file.attributes(`${LEVEL}/TimePoint 0/Channel 0`);
  const size = ["Z", "Y", "X"].map((axis) => numberOf(first[`ImageSize${axis}`]) ?? numberOf(info[axis]));
  const known = size.every((n) => n !== undefined && Number.isInteger(n) && n > 0);
  const unit = unitName(textOf(info["Unit"]) ?? "um");
  const space = (["z", "y", "x"] as const).map((name, i): Axis => {
    // Ext…0 belongs to x, Ext…1 to y, Ext…2 to z; they are the outer edges.
    const low = numberOf(info[`ExtMin${2 - i}`]);
    const high = numberOf(info[`ExtMax${2 - i}`]);
    const scale = low !== undefined && high !== undefined && known ? (high - low) / size[i]! : 0;
    return {
      name,
      type: "space",
      ...(unit === undefined ? {} : { unit }),
      ...(scale > 0 ? { scale, translation: low! + scale / 2 } : { scale: 1, translation: 0 }),
    };
  });
  const names = await Promise.all(
    Array.from({ length: channels }, (_, c) => file.attributes(`DataSetInfo/Channel ${c}`).catch(() => ({}))),
  );
  return {
    name: textOf(info["Name"]) ?? "image",
    paths,
    ...(known ? { size: size as [number, number, number] } : {}),
    axes: [
      { name: "t", type: "time", scale: 1, translation: 0 },
      { name: "c", type: "channel", scale: 1, translation: 0 },
      ...space,
    ],
    channels: names.map((channel: { [name: string]: Json }, c) => {
      const color = colorOf(textOf(channel["Color"]));
      return { label: textOf(channel["Name"]) ?? `Channel ${c}`, ...(color === undefined ? {} : { color }) };
    }),
  };
}

async function countOf(file: Hdf5File, path: string, prefix: string): Promise<number> {
  const names = new Set((await file.children(path)).map(({ name }) => name));
  let count = 0;
  while (names.has(`${prefix} ${count}`)) count++;
  return count;
}

/** Imaris stores text as arrays of single characters. */
function textOf(value: Json | undefined): string | undefined {
  const text = Array.isArray(value) ? value.join("") : value;
  return typeof text === "string" && text !== "" ? text : undefined;
}

function numberOf(value: Json | undefined): number | undefined {
  const text = textOf(value);
  const number = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : undefined;
}

/** "0.5 1 0" as hexadecimal. */
function colorOf(text: string | undefined): string | undefined {
  const parts = text?.trim().split(/\s+/).map(Number) ?? [];
  if (parts.length !== 3 || !parts.every((each) => each >= 0 && each <= 1)) return undefined;
  return parts
    .map((each) =>
      Math.round(each * 255)
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")
    .toUpperCase();
}
