import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { DTYPES, viewOf } from "../../shared/block/dtype.ts";
import { type LocalServer, startLocalServer } from "../../shared/serve/http/server.ts";
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
