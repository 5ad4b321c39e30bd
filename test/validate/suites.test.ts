import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { checkDocument } from "../../shared/validate/document.ts";
import { Findings } from "../../shared/validate/findings.ts";
import { loadSchemas } from "../../shared/validate/schemas.ts";
import { sharedData } from "../support/shared-data.ts";

const root = sharedData("data/ngff_json");

interface Case {
  readonly name: string;
  readonly strict: boolean;
  readonly data: unknown;
  readonly valid: boolean;
}

/** The specification's own cases, and its examples, which are valid. */
function casesOf(version: string): Case[] {
  const folder = path.join(root!, `ngff-spec-${version}`);
  // The examples have comments.
  const json = (file: string) =>
    JSON.parse(readFileSync(path.join(folder, file), "utf8").replace(/(^|\s)\/\/.*$/gm, ""));
  const suites = readdirSync(path.join(folder, "tests")).flatMap((file): Case[] => {
    const suite = json(`tests/${file}`);
    const strict = suite.schema.id.includes("strict_");
    return suite.tests.map((test: { formerly: string; data: unknown; valid: boolean }) => ({
      name: `${file.replace(".json", "")}: ${test.formerly}`,
      strict,
      data: test.data,
      valid: test.valid,
    }));
  });
  const examples = readdirSync(path.join(folder, "examples")).flatMap((name) =>
    readdirSync(path.join(folder, "examples", name))
      .filter((file) => file !== ".config.json")
      .map(
        (file): Case => ({
          name: `example ${name}/${file}`,
          strict: name.endsWith("_strict"),
          data: attributesOf(json(`examples/${name}/${file}`)),
          valid: true,
        }),
      ),
  );
  return [...suites, ...examples];
}

/** Examples of 0.5 are whole `zarr.json`s. */
function attributesOf(document: { attributes?: unknown }): unknown {
  return document.attributes ?? document;
}

describe.skipIf(!root)("OME-NGFF's own cases", () => {
  it.each([
    ["0.4", 92 + 10],
    ["0.5", 86 + 10],
  ])("of %s are judged as it says, all %i", async (version, count) => {
    const schemas = await loadSchemas();
    const cases = casesOf(version);
    expect(cases.length).toBe(count);
    const wrong = cases.flatMap(({ name, strict, data, valid }) => {
      const findings = new Findings();
      checkDocument(findings, schemas, data, { file: ".zattrs", pointer: "" }, { strict });
      return (findings.errors.length === 0) === valid
        ? []
        : [`${name} should be ${valid ? "valid" : "invalid"}: ${JSON.stringify(findings.errors[0] ?? null)}`];
    });
    expect(wrong).toEqual([]);
  });
});
