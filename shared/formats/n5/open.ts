import type { ImageMetadata } from "../../block/axes.ts";
import { type Json, LamellaError } from "../../errors.ts";
import { joinKey } from "../../storage/key.ts";
import type { ObjectStore } from "../../storage/store.ts";
import { isRecord } from "../ngff/attributes.ts";
import { N5Array } from "./array.ts";
import { isN5Dataset, type N5Attributes, parseN5Dataset, readN5Attributes } from "./attributes.ts";
import { type N5Level, n5Axes } from "./axes.ts";

export type N5Node =
  | { readonly kind: "dataset"; readonly array: N5Array; readonly metadata: ImageMetadata }
  | {
      readonly kind: "group";
      readonly label: string;
      readonly attributes: { readonly [key: string]: Json };
      /** Paths of the datasets of a pyramid, largest first; none where the group is not one. */
      readonly levels: readonly string[];
    };

/** How deep, and how many, datasets are looked for. */
const DEPTH = 4;
const MOST_DATASETS = 256;
const MOST_LEVELS = 64;

/** True where a store, or a folder in it, is an N5 container: it has `attributes.json`, there or at its root. */
export async function isN5(store: ObjectStore, path = ""): Promise<boolean> {
  for (const at of new Set([path, ""]))
    if (await store.head(joinKey(at, "attributes.json")).catch(() => undefined)) return true;
  return false;
}

/** Opens the N5 dataset at `path`. Reads its attributes only. Throws NOT_FOUND, N5_METADATA, UNSUPPORTED_DTYPE, UNSUPPORTED_CODEC. */
export async function openN5Array(store: ObjectStore, path: string): Promise<N5Array> {
  const attributes = await readN5Attributes(store, path);
  if (attributes && isN5Dataset(attributes))
    return new N5Array(store, path, attributes, parseN5Dataset(attributes));
  throw await noDataset(store, path, attributes);
}

/** Opens the dataset or group at `path`, "" for the root. Throws as `openN5Array` does. */
export async function openN5Node(store: ObjectStore, path: string): Promise<N5Node> {
  const attributes = await readN5Attributes(store, path);
  if (attributes && isN5Dataset(attributes)) {
    const array = new N5Array(store, path, attributes, parseN5Dataset(attributes));
    const level = await levelOf(store, path);
    return {
      kind: "dataset",
      array,
      metadata: { axes: n5Axes(array.shape.length, attributes.values, level) },
    };
  }
  const levels = await levelsOf(store, path, attributes?.values ?? {});
  if (!attributes && levels.length === 0 && !(await hasChildren(store, path)))
    throw await noDataset(store, path);
  const label = path === "" ? store.uri : `${store.uri}#${path}`;
  return { kind: "group", label, attributes: attributes?.values ?? {}, levels };
}

/** Paths of the datasets below `path`, by name; at most `MOST_DATASETS`, and `DEPTH` deep. HTTP, which can't list, has none. */
export async function n5DatasetsBelow(
  store: ObjectStore,
  path: string,
  most = MOST_DATASETS,
  depth = DEPTH,
): Promise<string[]> {
  const found: string[] = [];
  const names = await store.listDirectory(path === "" ? "" : `${path}/`).catch(() => []);
  for (const name of names
    .filter((each) => each.endsWith("/"))
    .map((each) => each.slice(0, -1))
    .sort(byName)) {
    if (found.length >= most) break;
    const below = joinKey(path, name);
    if (isN5Dataset(await readN5Attributes(store, below).catch(() => undefined))) found.push(below);
    else if (depth > 1) found.push(...(await n5DatasetsBelow(store, below, most - found.length, depth - 1)));
  }
  return found;
}

const byName = new Intl.Collator("en", { numeric: true }).compare;

/** s0, s1, ... (n5-viewer, BigDataViewer, Paintera), or what COSEM's `multiscales` lists. */
async function levelsOf(
  store: ObjectStore,
  path: string,
  attributes: { readonly [key: string]: Json },
): Promise<string[]> {
  const listed = cosemPaths(attributes["multiscales"]);
  const levels: string[] = [];
  for (let i = 0; i < MOST_LEVELS; i++) {
    const name = listed ? listed[i] : `s${i}`;
    if (name === undefined || !isN5Dataset(await readN5Attributes(store, joinKey(path, name)))) break;
    levels.push(joinKey(path, name));
  }
  return levels;
}

function cosemPaths(multiscales: unknown): string[] | undefined {
  const first: unknown = Array.isArray(multiscales) ? multiscales[0] : undefined;
  const datasets =
    isRecord(first) && Array.isArray(first["datasets"]) ? (first["datasets"] as unknown[]) : undefined;
  const paths = datasets?.map((dataset) => (isRecord(dataset) ? dataset["path"] : undefined));
  return paths?.every((each) => typeof each === "string") ? (paths as string[]) : undefined;
}

async function levelOf(store: ObjectStore, path: string): Promise<N5Level | undefined> {
  if (path === "") return undefined;
  const slash = path.lastIndexOf("/");
  const name = path.slice(slash + 1);
  const parent = path.slice(0, Math.max(0, slash));
  const own = (await readN5Attributes(store, parent))?.values ?? {};
  const group = { ...(await ofSetup(store, parent)), ...own };
  const listed = cosemPaths(group["multiscales"])?.indexOf(name) ?? -1;
  const index = listed >= 0 ? listed : /^s\d+$/.test(name) ? Number(name.slice(1)) : 0;
  return { group, name, index };
}

/** BigDataViewer keeps the factors with the setup, above its time points: setup0/timepoint0/s0. */
async function ofSetup(store: ObjectStore, path: string): Promise<{ readonly [key: string]: Json }> {
  const setup = /^(.*?\/?setup\d+)\/timepoint\d+$/.exec(path)?.[1];
  const factors = setup && (await readN5Attributes(store, setup))?.values["downsamplingFactors"];
  return factors ? { downsamplingFactors: factors } : {};
}

async function hasChildren(store: ObjectStore, path: string): Promise<boolean> {
  return (await store.listDirectory(path === "" ? "" : `${path}/`).catch(() => [])).length > 0;
}

async function noDataset(store: ObjectStore, path: string, attributes?: N5Attributes): Promise<LamellaError> {
  const label = path === "" ? store.uri : `${store.uri}#${path}`;
  const datasets = (await n5DatasetsBelow(store, attributes ? path : "")).slice(0, 8);
  return new LamellaError(
    "NOT_FOUND",
    attributes ? `${label} is an N5 group, not a dataset` : `${label}: there is no N5 dataset here`,
    {
      hint:
        datasets.length === 0
          ? "Name a dataset behind #, as in volume.n5#volumes/raw/s0."
          : `Datasets there: ${datasets.join(", ")}. Name one as ${store.uri}#${datasets[0]}.`,
      details: { uri: store.uri, path, datasets },
    },
  );
}
