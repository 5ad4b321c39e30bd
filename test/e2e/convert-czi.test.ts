import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fromCzi, fromZarr } from "../../shared/index.ts";
import { inspect } from "../../shared/inspect/inspect.ts";
import { outputsOfRequest } from "../../shared/pipeline/request.ts";
import { compile } from "../../shared/plan/compile.ts";
import { makeCzi } from "../support/make-czi.ts";
import { planOf, run } from "../support/run.ts";

let folder = "";
const at = (name: string) => path.join(folder, name);
const SIDE = 300;

/** Two scenes; the first of two channels and of two tiles that overlap by 50 columns. */
function scenes(): Uint8Array {
  const tile = (value: number) => new Uint8Array(new Uint16Array(SIDE * SIDE).fill(value).buffer);
  const common = { width: SIDE, height: SIDE, pixelType: 1 };
  return makeCzi({
    metadata: `<Information><Image><Dimensions>
        <Channels><Channel Id="0" Name="DAPI"><Color>#FF0000FF</Color></Channel><Channel Id="1" Name="GFP"/></Channels>
        <S><Scenes><Scene Index="0" Name="A1"/><Scene Index="1" Name="B2"/></Scenes></S>
      </Dimensions></Image></Information>
      <Scaling><Items><Distance Id="X"><Value>5e-7</Value></Distance><Distance Id="Y"><Value>5e-7</Value></Distance></Items></Scaling>`,
    subblocks: [
      ...[0, 1].flatMap((C) => [
        { ...common, at: { S: 0, C, M: 0 }, data: tile(10 + C) },
        { ...common, at: { S: 0, C, M: 1 }, x: SIDE - 50, data: tile(20 + C) },
      ]),
      ...[0, 1].map((C) => ({ ...common, at: { S: 1, C, M: 0 }, x: 5000, data: tile(30 + C) })),
    ],
  });
}

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-czi-"));
  await fs.writeFile(at("scenes.czi"), scenes());
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

describe("converting a CZI", () => {
  it("makes each scene an image, stitched, with names, scale, pyramid and OME-XML", async () => {
    const dst = at("scenes.ome.zarr");
    const request = { convert: { src: at("scenes.czi"), dst } };
    await run(await compile(await outputsOfRequest(request)), folder, { workers: 1 });
    const { series } = (await inspect(dst)) as unknown as {
      series: {
        name: string;
        axes: { unit?: string; scale: number }[];
        channels: { label: string; color: string }[];
        levels: { shape: number[] }[];
      }[];
    };
    expect(series.map(({ name }) => name)).toEqual(["A1", "B2"]);
    expect(series.map(({ levels }) => levels[0]!.shape)).toEqual([
      [1, 2, 1, 300, 550],
      [1, 2, 1, 300, 300],
    ]);
    expect(series[0]!.levels.length).toBeGreaterThan(1);
    expect(series[0]!.axes.slice(3).map(({ unit, scale }) => [unit, scale])).toEqual([
      ["micrometer", 0.5],
      ["micrometer", 0.5],
    ]);
    expect(series[0]!.channels.map(({ label }) => label)).toEqual(["DAPI", "GFP"]);
    expect(series[0]!.channels[0]!.color).toBe("0000FF");
    const row = (await fromZarr(dst, { component: "0/0" })).slice("0, 1, 0, 7");
    const values = Array.from((await row.compute({ workers: 1 })).data as Uint16Array);
    expect(values).toEqual([...new Array(250).fill(11), ...new Array(300).fill(21)]);
    const xml = await fs.readFile(path.join(dst, "OME/METADATA.ome.xml"), "utf8");
    expect(xml.match(/<Image ID="Image:\d" Name="[^"]+"/g)).toEqual([
      '<Image ID="Image:0" Name="A1"',
      '<Image ID="Image:1" Name="B2"',
    ]);
    expect(xml).toContain('<ImageDocument xmlns="">');
  });

  it("takes one in a pipeline and in a program", async () => {
    const plan = await planOf(
      {
        version: 1,
        inputs: { image: { czi: "scenes.czi", series: 1 } },
        steps: { top: { op: "max", in: "image" } },
        outputs: { top: { zarr: "top.zarr" } },
      },
      folder,
    );
    await run(plan, folder, { workers: 1 });
    const top = await (await fromZarr(at("top.zarr"))).compute({ workers: 1 });
    expect(top.data[0]).toBe(31);
    const array = await fromCzi(at("scenes.czi"));
    expect([array.shape, array.dtype]).toEqual([[1, 2, 1, 300, 550], "uint16"]);
  });
});
