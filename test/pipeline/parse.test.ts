import { expect, test } from "vitest";
import { parsePipeline, parsePipelineText } from "../../shared/pipeline/parse.ts";

const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
const aliases = ["x0: &x0 [l, l, l, l, l, l, l, l, l]"];
for (let i = 1; i < 9; i++)
  aliases.push(`x${i}: &x${i} [${new Array<string>(9).fill(`*x${i - 1}`).join(", ")}]`);

test.each([
  ["aliases of aliases", aliases.join("\n"), "aliases can't be followed"],
  ["an alias of nothing", "steps: *nothing", /alias/],
  ["lists without end", `steps: ${nested(20_000)}`, "nested too deeply"],
])("a text with %s is refused, and not a defect of Lamella", (_, text, message) => {
  expect(() => parsePipelineText(text, "p.yaml")).toThrow(
    expect.objectContaining({ code: "INVALID_PIPELINE", message: expect.stringMatching(message) }),
  );
});

test("more steps than can be compiled within one another are refused", () => {
  const steps = Object.fromEntries(
    Array.from({ length: 501 }, (_, i) => [
      `s${i}`,
      { op: "mapBlocks", in: i ? `s${i - 1}` : "a", expr: "a + 1" },
    ]),
  );
  const document = { version: 1, inputs: { a: { zarr: "a.zarr" } }, steps, outputs: {} };
  expect(() => parsePipeline(document, {}, "p.yaml")).toThrow(
    expect.objectContaining({ code: "INVALID_PIPELINE", message: "p.yaml has 501 steps" }),
  );
});
