import { describe, expect, it } from "vitest";
import {
  anchorsOf,
  fencedBlocks,
  markdownTable,
  proseOf,
  replaceGenerated,
} from "../../scripts/docs/markdown.ts";

describe("fencedBlocks", () => {
  it("gives language, info and text, with the line", () => {
    expect(fencedBlocks("x\n```yaml a.yaml\nb: 1\n```\n\n````md\n```sh\n```\n````\n")).toEqual([
      { language: "yaml", info: "a.yaml", text: "b: 1\n", line: 2 },
      { language: "md", info: "", text: "```sh\n```\n", line: 6 },
    ]);
  });

  it("takes an open fence to the end", () => {
    expect(fencedBlocks("```\na")).toEqual([{ language: "", info: "", text: "a\n", line: 1 }]);
  });
});

describe("proseOf", () => {
  it("empties code and keeps the lines", () => {
    expect(proseOf("a `b` c\n```\nd\n```\ne")).toBe("a ``` c\n\n\n\ne");
  });
});

describe("anchorsOf", () => {
  it("names headings as GitHub does", () => {
    const anchors = anchorsOf(
      "# What it doesn't show\n## A `b`, c & d\n## Twice\n## Twice\n```\n# no heading\n```\n",
    );
    expect([...anchors]).toEqual(["what-it-doesnt-show", "a-b-c--d", "twice", "twice-1"]);
  });
});

describe("markdownTable", () => {
  it("escapes bars", () => {
    expect(markdownTable([["a"], ["b|c"]])).toBe("| a |\n| --- |\n| b\\|c |");
  });
});

describe("replaceGenerated", () => {
  it("replaces what lies between the marks only", () => {
    const text = "a\n<!-- generated: x -->\nold\n<!-- end -->\nb\n";
    expect(replaceGenerated(text, "x", "new")).toBe("a\n<!-- generated: x -->\n\nnew\n\n<!-- end -->\nb\n");
    expect(replaceGenerated(text, "y", "new")).toBeUndefined();
  });
});
