import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { fencedBlocks } from "../../scripts/docs/markdown.ts";
import { type JsonSchema, pipelineJsonSchema } from "../../shared/pipeline/json-schema.ts";
import { KEY_MEANINGS } from "../../shared/pipeline/meanings.ts";
import { stepSchemas } from "../../shared/pipeline/schema.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const schema = pipelineJsonSchema();
const validate = new Ajv2020({ strict: false }).compile(schema);

/** Every schema within, with the way to it. */
function* within(node: unknown, place = "", isMap = false): Generator<[place: string, schema: JsonSchema]> {
  if (typeof node !== "object" || node === null) return;
  if (!isMap) yield [place, node as JsonSchema];
  for (const [key, value] of Object.entries(node))
    yield* within(value, `${place}/${key}`, !isMap && key === "properties");
}

const step = (text: string) => ({
  version: 1,
  inputs: { image: { zarr: "a.zarr" } },
  steps: { one: parse(text) as object },
  outputs: { one: { zarr: "b.zarr" } },
});

describe("the JSON Schema of pipeline files", () => {
  it("says what every key means", () => {
    const silent = [...within({ ...schema, $defs: undefined })].flatMap(([place, node]) =>
      Object.entries(node.properties ?? {})
        .filter(([, value]) => typeof value === "object" && value.description === undefined)
        .map(([key]) => `${place}/${key}`),
    );
    expect(silent).toEqual([]);
  });

  it("has no meaning of a key that isn't there", () => {
    const keys = new Set([...within(schema)].flatMap(([, node]) => Object.keys(node.properties ?? {})));
    const gone = Object.keys(KEY_MEANINGS).filter((key) => {
      const [op, of] = key.split(".") as [string, string | undefined];
      if (of === undefined) return !keys.has(key);
      return !Object.hasOwn(stepSchemas[op as "zoom"].shape, of) && key !== "pyramid.factors";
    });
    expect(gone).toEqual([]);
  });

  it("takes every pipeline of the examples and the guides", () => {
    const examples = readdirSync(path.join(ROOT, "examples"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".yaml") && !file.includes(".zarr"))
      .map((file) => [file, readFileSync(path.join(ROOT, "examples", file), "utf8")] as const);
    const guides = ["README.md", "docs/pipelines.md"].flatMap((file) =>
      fencedBlocks(readFileSync(path.join(ROOT, file), "utf8"))
        .filter(({ language }) => language === "yaml")
        .map(({ line, text }) => [`${file}:${line}`, text] as const),
    );
    expect(examples.length).toBeGreaterThan(10);
    const wrong = [...examples, ...guides].flatMap(([file, text]) =>
      validate(parse(text)) ? [] : [`${file}: ${JSON.stringify(validate.errors?.slice(0, 3))}`],
    );
    expect(wrong).toEqual([]);
  });

  it.each([
    `{ op: removeSmall, in: image, minSize: '\${least}' }`,
    "{ op: mapBlocks, in: image, kernel: threshold, args: { above: { step: cut } } }",
    "{ op: mapOverlap, in: image, kernel: gaussian, args: { sigma: 0.5 um }, depth: { y: 2, x: [1, 2] } }",
    `{ op: rechunk, in: image, chunks: [1, '\${side}', -1] }`,
    "{ op: mapBlocks, in: image, expr: 'image * k', args: { k: 2 } }",
  ])("takes %s", (text) => {
    expect(validate(step(text)), JSON.stringify(validate.errors)).toBe(true);
  });

  it.each([
    "{ op: removeSmal, in: image, minSize: 5 }",
    "{ op: removeSmall, in: image, minSize: many }",
    "{ op: mapBlocks, in: image, kernel: gaussian, args: { sgima: 2 } }",
    "{ op: mapBlocks, in: image, kernel: gaussian, args: {} }",
    "{ op: mapBlocks, in: image, kernle: gaussian }",
  ])("marks %s", (text) => {
    expect(validate(step(text))).toBe(false);
  });
});
