import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { NgffVersion } from "../../../shared/formats/ngff/attributes.ts";
import { sharedData } from "../../support/shared-data.ts";

/** The folder of the specification's own schemas, or undefined where a checkout has none. */
export const schemaFolder = sharedData("data/ngff_json");

/** What the specification's schema `name` ("strict_image") finds wrong; "" where nothing. */
export function schemaErrors(version: NgffVersion, name: string, attributes: unknown): string {
  const folder = path.join(schemaFolder!, `ngff-spec-${version}`, "schemas");
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  const ids = new Map<string, string>();
  for (const file of readdirSync(folder)) {
    const schema = JSON.parse(readFileSync(path.join(folder, file), "utf8")) as { $id: string };
    ids.set(file, schema.$id);
    ajv.addSchema(schema);
  }
  const validate = ajv.getSchema(ids.get(`${name}.schema`)!)!;
  return validate(attributes) ? "" : ajv.errorsText(validate.errors);
}

export interface SuiteCase {
  readonly formerly: string;
  readonly data: unknown;
  readonly valid: boolean;
}

/** The specification's own test cases of a schema. */
export function suiteOf(version: NgffVersion, name: string): SuiteCase[] {
  const file = path.join(schemaFolder!, `ngff-spec-${version}`, "tests", `${name}_suite.json`);
  return (JSON.parse(readFileSync(file, "utf8")) as { tests: SuiteCase[] }).tests;
}
