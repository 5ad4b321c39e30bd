import { describe, expect, it } from "vitest";
import { isLamellaError } from "../../shared/errors.ts";
import { parsePipeline, parsePipelineText } from "../../shared/pipeline/parse.ts";

const INPUTS = "version: 1\ninputs: { image: { zarr: a.zarr } }\n";
const OUTPUTS = "outputs: { a: { zarr: b.zarr } }\n";
const step = (text: string): string => `${INPUTS}steps: { a: ${text} }\n${OUTPUTS}`;
const output = (text: string): string => `${INPUTS}outputs: { image: ${text} }\n`;
const input = (text: string): string =>
  `version: 1\ninputs: { image: ${text} }\noutputs: { image: { zarr: b.zarr } }\n`;

function errorOf(text: string): string {
  try {
    parsePipeline(parsePipelineText(text, "p.yaml"), {}, "p.yaml");
  } catch (error) {
    if (isLamellaError(error)) return `${error.code} ${error.message} (${error.hint ?? "no hint"})`;
    throw error;
  }
  return "no error";
}

describe("what is wrong with a pipeline file", () => {
  it.each([
    [
      "an unknown key",
      `${INPUTS}stesp: {}\n${OUTPUTS}`,
      /^UNKNOWN_KEY p\.yaml: the pipeline .* "stesp" .*"steps"/,
    ],
    [
      "a misspelt key of a step, though another is missing",
      step("{ op: mapOverlap, in: image, kernel: gaussian, depht: 2 }"),
      /^UNKNOWN_KEY .*steps\.a .*"depht" .*"depth"/,
    ],
    [
      "a missing key",
      step("{ op: mapOverlap, in: image, kernel: gaussian }"),
      /^INVALID_PIPELINE p\.yaml: steps\.a\.depth is missing/,
    ],
    ["missing outputs", INPUTS, /outputs is missing/],
    ["no op", step("{ in: image }"), /step a has no op/],
    ["an op that isn't known", step("{ op: maen, in: image }"), /op "maen", which is not known .*"mean"/],
    [
      "an op that is a kernel",
      step("{ op: gaussian, in: image }"),
      /op "gaussian", .*kernel: \{ op: mapBlocks, kernel: gaussian/,
    ],
    [
      "an op with a name of Object's",
      step("{ op: constructor, in: image }"),
      /op "constructor", which is not known/,
    ],
    [
      "a value of the wrong kind",
      step("{ op: mapOverlap, in: image, kernel: gaussian, depth: true }"),
      /steps\.a\.depth: expected a number, a length/,
    ],
    [
      "a key of the pyramid",
      output("{ zarr: b.zarr, pyramid: { level: 3 } }"),
      /outputs\.image\.pyramid .*"level" .*"levels"/,
    ],
    ["a codec", output("{ zarr: b.zarr, codec: lzf }"), /outputs\.image\.codec: expected blosc, zstd/],
    ["an input of no kind", input("{}"), /inputs\.image is not an input .*zarr: "image\.zarr"/],
    ["an input's misspelt key", input("{ tif: a.tif }"), /^UNKNOWN_KEY .*"tif" .*"tiff"/],
    [
      "keys of different inputs",
      input("{ tiff: a.tif, component: '0' }"),
      /has tiff, with which component does not go/,
    ],
    ["an input's value", input("{ tiff: a.tif, series: x }"), /inputs\.image\.series: /],
    ["no version", OUTPUTS, /version is missing .*version: 1/],
    ["another version", "version: 2\n", /version 2 is not known/],
    [
      "a parameter that isn't there",
      step(`{ op: astype, in: image, dtype: "$\{to}" }`),
      /uses \$\{to\}.*params: \{ to: value \}/,
    ],
    [
      "a parameter without quotes",
      step(`{ op: astype, in: image, dtype: $\{to} }`),
      /p\.yaml:3:\d+.*needs quotes/,
    ],
    ["what is no YAML", "a: [1\nb: 2\n", /^INVALID_PIPELINE p\.yaml:\d+:\d+: [^\n]*[^:\n] \(Pipeline files/],
    ["a list", "- 1\n", /does not hold a pipeline/],
  ])("is said for %s", (_, text, expected) => {
    expect(errorOf(text)).toMatch(expected);
  });

  it.each([
    ["a version of NGFF", output("{ zarr: b.zarr, ngff: 0.4 }")],
    ["a component", input("{ zarr: a.zarr, component: 0 }")],
  ])("doesn't mind %s that YAML reads as a number", (_, text) => {
    expect(errorOf(text)).toBe("no error");
  });
});
