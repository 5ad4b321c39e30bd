import { type Block, newBlock, sizeOf } from "../block/block.ts";
import { bytesOf, itemSize } from "../block/dtype.ts";
import { type Json, LamellaError } from "../errors.ts";
import { type Answer, jsonAnswer } from "../serve/http/answer.ts";
import type { LocalRequest, Mount } from "../serve/http/server.ts";
import { LAMELLA_VERSION } from "../version.ts";
import { imageDocument } from "./image-document.ts";
import type { OpenPictures } from "./open-pictures.ts";
import type { Picture, PictureLevel } from "./picture.ts";
import type { Statistics, Values, ViewDocument, ZoomDocument } from "./protocol.ts";
import { statisticsOf } from "./statistics.ts";
import { chunksSampled, readPlane, TILE, zoomsOf } from "./zooms.ts";

/** Rectangles are at most so many pixels along a side. */
const MOST_SIDE = 4096;
/** Statistics are of a zoom not coarser than this many times its level, else of the middle of the image. */
const COARSE_ENOUGH = 4;
/** What statistics may decode where there is no level of the size that they want. */
const MOST_BYTES = 64 * 2 ** 20;

/** A chunk is loaded once for all who wait for it, and given up with the first of them: the others begin again. */
const ATTEMPTS = 8;

async function inSpiteOfOthers<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || attempt >= ATTEMPTS || !isGivenUp(error)) throw error;
    }
  }
}

function isGivenUp(error: unknown): boolean {
  for (let each: unknown = error; each instanceof Error; each = each.cause)
    if (each.name === "AbortError" || (each as { code?: unknown }).code === "CANCELLED") return true;
  return false;
}

/** The `api` of a page that shows pictures: see protocol.ts. */
export function viewMount(pictures: OpenPictures): Mount {
  return {
    async answer(request) {
      switch (request.key) {
        case "view":
          return jsonAnswer(viewDocument(pictures));
        case "image":
          return jsonAnswer(imageDocument(await pictureOf(pictures, request)));
        case "statistics":
          return jsonAnswer(await inSpiteOfOthers(request.signal, () => statistics(pictures, request)));
        case "values":
          return jsonAnswer(await inSpiteOfOthers(request.signal, () => values(pictures, request)));
        case "pixels":
          return inSpiteOfOthers(request.signal, () => pixels(pictures, request));
        default:
          return undefined;
      }
    },
  };
}

function viewDocument(pictures: OpenPictures): ViewDocument {
  return {
    version: LAMELLA_VERSION,
    isPreview: pictures.isPreview,
    panels: pictures.panels.map(({ title, uri }, i) => ({ id: String(i), title, uri })),
  };
}

async function pixels(pictures: OpenPictures, request: LocalRequest): Promise<Answer> {
  const picture = await pictureOf(pictures, request);
  const levels = levelsOf(picture, request.query.get("labels"));
  const zoom = whole(request, "zoom");
  at(zoomsOf(levels), zoom, "zoom");
  const block = await readPlane(
    levels,
    zoom,
    {
      ...position(request, levels),
      y: whole(request, "y"),
      x: whole(request, "x"),
      height: whole(request, "h", TILE, MOST_SIDE),
      width: whole(request, "w", TILE, MOST_SIDE),
    },
    pictures.caches,
    request.signal,
  );
  return {
    status: 200,
    headers: {
      "Content-Type": "application/octet-stream",
      "x-lamella-dtype": block.dtype,
      "x-lamella-height": block.shape[0]!,
      "x-lamella-width": block.shape[1]!,
    },
    body: bytesOf(block.data),
  };
}

async function values(pictures: OpenPictures, request: LocalRequest): Promise<Values> {
  const picture = await pictureOf(pictures, request);
  const count = picture.levels[0]!.source.shape[1]!;
  const channels = (request.query.get("c") ?? "0").split(",").map(Number);
  const k = whole(request, "zoom", 0);
  const [y, x] = [whole(request, "y"), whole(request, "x")];
  const one = async (levels: readonly PictureLevel[], c: number) => {
    const zoom = Math.min(k, zoomsOf(levels).length - 1);
    const image = picture.levels[0]!.source.shape;
    const own = levels[0]!.source.shape;
    const block = await readPlane(
      levels,
      zoom,
      {
        ...position(request, picture.levels, 0),
        c,
        y: Math.floor(((y + 0.5) * own[3]!) / image[3]!),
        x: Math.floor(((x + 0.5) * own[4]!) / image[4]!),
        height: 1,
        width: 1,
      },
      pictures.caches,
      request.signal,
    );
    return numberOf(block);
  };
  const asked = channels.filter((c) => Number.isInteger(c) && c >= 0 && c < count);
  const labels: { [name: string]: number | string } = {};
  const labelChannels = (request.query.get("lc") ?? "").split(",").map(Number);
  for (const [i, { name, levels }] of picture.labels.entries()) {
    const last = levels[0]!.source.shape[1]! - 1;
    const value = await one(levels, Math.min(last, Math.max(0, Math.floor(labelChannels[i] || 0))));
    if (value !== undefined) labels[name] = value;
  }
  const found = await Promise.all(asked.map((c) => one(picture.levels, c)));
  return { values: found.filter((value) => value !== undefined), labels };
}

function numberOf({ data }: Block): number | string | undefined {
  const value = data[0];
  if (typeof value === "bigint")
    return value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER)
      ? Number(value)
      : String(value);
  return value === undefined || Number.isFinite(value) ? value : String(value);
}

async function statistics(pictures: OpenPictures, request: LocalRequest): Promise<Statistics> {
  const { levels } = await pictureOf(pictures, request);
  const zooms = zoomsOf(levels);
  const shape = levels[0]!.source.shape;
  const isNear = (i: number): boolean =>
    (zooms[i]!.width * COARSE_ENOUGH >= levels[zooms[i]!.level]!.source.shape[4]! &&
      zooms[i]!.height * COARSE_ENOUGH >= levels[zooms[i]!.level]!.source.shape[3]!) ||
    i === 0;
  if (shape.includes(0)) return statisticsOf(newBlock("uint8", [0]));
  const boxOf = (k: number) => middleOf(zooms[k]!);
  let k = zooms.length - 1;
  while (k > 0 && (!isNear(k) || bytesRead(levels, zooms[k]!, boxOf(k)) > MOST_BYTES)) k--;
  const place = { ...position(request, levels), ...boxOf(k) };
  return statisticsOf(await readPlane(levels, k, place, pictures.caches, request.signal));
}

function middleOf(zoom: ZoomDocument) {
  const [height, width] = [Math.min(zoom.height, 2 * TILE), Math.min(zoom.width, 2 * TILE)];
  return {
    y: Math.floor((zoom.height - height) / 2),
    x: Math.floor((zoom.width - width) / 2),
    height,
    width,
  };
}

/** Decoded bytes of the chunks that a rectangle of a zoom without a level of its own lies in. */
function bytesRead(
  levels: readonly PictureLevel[],
  zoom: ZoomDocument,
  box: ReturnType<typeof middleOf>,
): number {
  if (zoom.exact) return 0;
  const { source } = levels[zoom.level]!;
  const { rows, columns } = chunksSampled(source, zoom, box);
  return rows.length * columns.length * sizeOf(source.chunkShape) * itemSize(source.dtype);
}

function pictureOf(pictures: OpenPictures, { query }: LocalRequest): Promise<Picture> {
  return pictures.picture(query.get("panel") ?? "0", query.get("path") ?? "");
}

function levelsOf(picture: Picture, labels: string | null): readonly PictureLevel[] {
  if (labels === null) return picture.levels;
  const found = picture.labels.find(({ name }) => name === labels);
  if (!found)
    throw new LamellaError("NOT_FOUND", `${picture.uri} has no labels ${JSON.stringify(labels)}`, {
      hint: `It has ${picture.labels.map(({ name }) => name).join(", ") || "none"}; load the page again.`,
    });
  return found.levels;
}

/** t, c and z; on label images, which often lack an axis, cut to what there is. */
function position(
  request: LocalRequest,
  levels: readonly PictureLevel[],
  channel?: number,
): { t: number; c: number; z: number } {
  const shape = levels[0]!.source.shape;
  const cut = (index: number, axis: number): number => Math.min(index, Math.max(0, shape[axis]! - 1));
  return {
    t: cut(whole(request, "t", 0), 0),
    c: cut(channel ?? whole(request, "c", 0), 1),
    z: cut(whole(request, "z", 0), 2),
  };
}

function whole({ query }: LocalRequest, name: string, fallback?: number, most = 2 ** 40): number {
  const text = query.get(name);
  if (text === null && fallback !== undefined) return fallback;
  const value = text !== null && /^\d{1,13}$/.test(text) ? Number(text) : -1;
  if (value >= 0 && value <= most) return value;
  throw invalid(name, text);
}

function at<T>(list: readonly T[], index: number, name: string): T {
  const found = list[index];
  if (found === undefined) throw invalid(name, index);
  return found;
}

function invalid(name: string, value: Json): LamellaError {
  return new LamellaError("INVALID_ARGUMENT", `${name} can't be ${JSON.stringify(value)}`, {
    hint: "The page asks for whole numbers within the image: load it again.",
  });
}
