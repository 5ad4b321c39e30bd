import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { DTYPES, viewOf } from "../../shared/block/dtype.ts";
import { type LocalServer, startLocalServer } from "../../shared/serve/http/server.ts";
import { FileStore } from "../../shared/storage/file.ts";
import { OpenPictures } from "../../shared/view/open-pictures.ts";
import type { ImageDocument, Values } from "../../shared/view/protocol.ts";
import { viewMount } from "../../shared/view/view-mount.ts";
import { makeImage } from "../browser/support/make-image.ts";
import { plateHierarchy, writeHierarchy } from "../support/ngff-store.ts";

const folder = mkdtempSync(path.join(tmpdir(), "lamella-view-"));
const servers: LocalServer[] = [];

afterAll(async () => {
  for (const server of servers) await server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function serve(uri: string): Promise<string> {
  const server = await startLocalServer();
  servers.push(server);
  server.mount("api", viewMount(new OpenPictures([{ title: "it", uri }])));
  return `${server.url}api`;
}

test.each(DTYPES)("gives pixels and values of %s as they are stored", async (dtype) => {
  const zarr = path.join(folder, `${dtype}.zarr`);
  const isBig = dtype === "int64" || dtype === "uint64";
  const number = (y: number, x: number): number => (dtype === "bool" ? (x + y) % 2 : (x + 2 * y) % 100);
  await makeImage(zarr, {
    shape: [1, 1, 1, 20, 30],
    dtype,
    levels: 1,
    chunk: [1, 1, 1, 8, 16],
    value: (_, [, , , y, x]) => (isBig ? BigInt(number(y, x)) * 2n ** 55n : number(y, x)),
  });
  const api = await serve(zarr);
  const answer = await fetch(`${api}/pixels?zoom=0&y=4&x=10&h=6&w=9`);
  const [height, width] = ["height", "width"].map((name) => Number(answer.headers.get(`x-lamella-${name}`)));
  expect([height, width]).toEqual([6, 9]);
  const found = answer.headers.get("x-lamella-dtype") as typeof dtype;
  const pixels = viewOf(found, await answer.arrayBuffer(), 0, 54);
  const scale = isBig ? 2 ** 55 : 1;
  expect(Array.from(pixels, Number)).toEqual(
    Array.from({ length: 54 }, (_, i) => number(4 + Math.floor(i / 9), 10 + (i % 9)) * scale),
  );
  const values = (await (await fetch(`${api}/values?y=5&x=7`)).json()) as Values;
  expect(values.values).toEqual([isBig ? String(BigInt(number(5, 7)) * 2n ** 55n) : number(5, 7)]);
});

test("lists the fields of a plate, and opens the one that is asked for", async () => {
  const plate = path.join(folder, "plate.zarr");
  await writeHierarchy(plate, plateHierarchy("0.4"));
  const api = await serve(plate);
  const first = (await (await fetch(`${api}/image`)).json()) as ImageDocument;
  expect(first.path).toBe("A/1/0");
  expect(first.choices.map((choice) => choice.path)).toEqual(["A/1/0", "B/2/0"]);
  const second = (await (await fetch(`${api}/image?path=B/2/0`)).json()) as ImageDocument;
  expect(second.path).toBe("B/2/0");
  expect((await fetch(`${api}/image?path=C/3/0`)).status).toBe(404);
  expect((await fetch(`${api}/pixels?zoom=0&y=-1&x=0`)).status).toBe(400);
});

async function writeDocuments(zarr: string, documents: { readonly [key: string]: object }): Promise<void> {
  const store = new FileStore(zarr);
  for (const [key, document] of Object.entries(documents))
    await store.put(key, Buffer.from(JSON.stringify(document)));
}

const array = (shape: readonly number[], chunk: readonly number[], names?: readonly string[]) => ({
  zarr_format: 3,
  node_type: "array",
  shape,
  data_type: "uint8",
  chunk_grid: { name: "regular", configuration: { chunk_shape: chunk } },
  chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
  fill_value: 7,
  codecs: [{ name: "bytes" }],
  ...(names ? { dimension_names: names } : {}),
  attributes: {},
});
const group = (ome: object) => ({ zarr_format: 3, node_type: "group", attributes: { ome } });

test("an image without smaller levels is drawn from the chunks that show, however many it has", async () => {
  const huge = path.join(folder, "huge.zarr");
  await writeDocuments(huge, { "zarr.json": array([2 ** 38, 2 ** 38], [512, 512]) });
  const api = await serve(huge);
  const { zooms } = (await (await fetch(`${api}/image`)).json()) as ImageDocument;
  for (const zoom of [0, Math.floor(zooms.length / 2), zooms.length - 1]) {
    const { height, width } = zooms[zoom]!;
    const answer = await fetch(`${api}/pixels?zoom=${zoom}&y=${height - 3}&x=${width - 3}`);
    expect([...new Uint8Array(await answer.arrayBuffer())], `zoom ${zoom}`).toEqual(Array(9).fill(7));
  }
  expect(await (await fetch(`${api}/statistics`)).json()).toMatchObject({ min: 7, max: 7 });
});

test("reads values of several channels, and of labels those of the channels that are laid over", async () => {
  const zarr = path.join(folder, "channels-and-labels.zarr");
  const sizes = { shape: [1, 2, 1, 6, 8], dtype: "uint16", levels: 1, chunk: [1, 1, 1, 6, 8] } as const;
  await makeImage(zarr, { ...sizes, value: (_, [, c, , y, x]) => 100 * c + 10 * y + x });
  await makeImage(path.join(zarr, "labels/cells"), {
    ...sizes,
    value: (_, [, c, , y]) => 5 + 20 * c + y,
    label: {},
  });
  await writeDocuments(path.join(zarr, "labels"), {
    "zarr.json": group({ version: "0.5", labels: ["cells"] }),
  });
  const api = await serve(zarr);
  const image = (await (await fetch(`${api}/image`)).json()) as ImageDocument;
  expect(image.labels.map(({ channelCount }) => channelCount)).toEqual([2]);
  for (const [lc, cells] of [
    ["", 8],
    ["1", 28],
    ["7", 28],
    ["x", 8],
  ] as const) {
    const answer = await fetch(`${api}/values?y=3&x=4&c=0,1&lc=${lc}`);
    expect(await answer.json()).toEqual({ values: [34, 134], labels: { cells } });
  }
});

test("labels that can't be shown are left out, and names are only names", async () => {
  const zarr = path.join(folder, "labels.zarr");
  const name = "<img src=x onerror=alert(1)>";
  const axes = ["c", "y", "x"].map((each) => ({ name: each, ...(each === "c" ? { type: "channel" } : {}) }));
  const datasets = [{ path: "0", coordinateTransformations: [{ type: "scale", scale: [1, 1, 1] }] }];
  const odd = { axes: [..."uvwzyx"].map((name) => ({ name })), datasets };
  await writeDocuments(zarr, {
    "zarr.json": group({
      version: "0.5",
      multiscales: [{ name, axes, datasets }],
      omero: { channels: [{ label: name, color: "url(https://elsewhere/)" }] },
    }),
    "0/zarr.json": array([1, 8, 8], [1, 8, 8]),
    "labels/zarr.json": group({ version: "0.5", labels: ["../../up", "odd", "missing"] }),
    "labels/odd/zarr.json": group({ version: "0.5", multiscales: [odd], "image-label": {} }),
    "labels/odd/0/zarr.json": array([1, 1, 1, 1, 8, 8], [1, 1, 1, 1, 8, 8]),
  });
  const answer = await fetch(`${await serve(zarr)}/image`);
  expect(answer.headers.get("content-type")).toBe("application/json");
  const image = (await answer.json()) as ImageDocument;
  expect([image.name, image.labels, image.channels[0]!.name]).toEqual([name, [], name]);
  expect(image.channels[0]!.color).toMatch(/^[0-9A-F]{6}$/);
});

test("more channels than anybody could choose from are refused", async () => {
  const zarr = path.join(folder, "channels.zarr");
  await writeDocuments(zarr, {
    "zarr.json": array([200_000_000, 1, 64, 64], [1, 1, 64, 64], ["c", "z", "y", "x"]),
  });
  const answer = await fetch(`${await serve(zarr)}/image`);
  expect(await answer.json()).toMatchObject({ error: { code: "SHAPE_MISMATCH" } });
});

test("shows what a step labelled as labels", async () => {
  const zarr = path.join(folder, "objects.zarr");
  await makeImage(zarr, {
    shape: [1, 1, 1, 20, 30],
    dtype: "uint32",
    levels: 1,
    chunk: [1, 1, 1, 20, 30],
    value: () => 1,
  });
  const file = path.join(zarr, "zarr.json");
  const stored = JSON.parse(readFileSync(file, "utf8")) as {
    attributes: { ome: { multiscales: { name: string }[] }; lamella?: unknown };
  };
  const of = (step: string) => ({
    version: "0.1.0",
    planHash: "0",
    inputs: [],
    operations: [{ step, op: "label", in: ["bright"] }],
  });
  stored.attributes.ome.multiscales[0]!.name = "objects";
  for (const [step, isLabels] of [
    ["objects", true],
    ["others", false],
  ] as const) {
    writeFileSync(
      file,
      JSON.stringify({ ...stored, attributes: { ...stored.attributes, lamella: of(step) } }),
    );
    const image = (await (await fetch(`${await serve(zarr)}/image`)).json()) as ImageDocument;
    expect(image.isLabels).toBe(isLabels);
  }
});
