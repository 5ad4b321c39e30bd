import type { AnySchema, ErrorObject, ValidateFunction } from "ajv";
import bf2raw04 from "./schemas/0.4/bf2raw.schema.json" with { type: "json" };
import image04 from "./schemas/0.4/image.schema.json" with { type: "json" };
import label04 from "./schemas/0.4/label.schema.json" with { type: "json" };
import ome04 from "./schemas/0.4/ome.schema.json" with { type: "json" };
import plate04 from "./schemas/0.4/plate.schema.json" with { type: "json" };
import strictImage04 from "./schemas/0.4/strict_image.schema.json" with { type: "json" };
import strictLabel04 from "./schemas/0.4/strict_label.schema.json" with { type: "json" };
import strictPlate04 from "./schemas/0.4/strict_plate.schema.json" with { type: "json" };
import strictWell04 from "./schemas/0.4/strict_well.schema.json" with { type: "json" };
import well04 from "./schemas/0.4/well.schema.json" with { type: "json" };
import version05 from "./schemas/0.5/_version.schema.json" with { type: "json" };
import bf2raw05 from "./schemas/0.5/bf2raw.schema.json" with { type: "json" };
import image05 from "./schemas/0.5/image.schema.json" with { type: "json" };
import label05 from "./schemas/0.5/label.schema.json" with { type: "json" };
import ome05 from "./schemas/0.5/ome.schema.json" with { type: "json" };
import plate05 from "./schemas/0.5/plate.schema.json" with { type: "json" };
import strictImage05 from "./schemas/0.5/strict_image.schema.json" with { type: "json" };
import strictLabel05 from "./schemas/0.5/strict_label.schema.json" with { type: "json" };
import strictPlate05 from "./schemas/0.5/strict_plate.schema.json" with { type: "json" };
import strictWell05 from "./schemas/0.5/strict_well.schema.json" with { type: "json" };
import well05 from "./schemas/0.5/well.schema.json" with { type: "json" };

/** What a group's metadata may describe, by the name of its schema. */
export type SchemaName = "image" | "label" | "plate" | "well" | "bf2raw" | "ome";
export type SchemaVersion = "0.4" | "0.5";

const SCHEMAS: { readonly [V in SchemaVersion]: { readonly [name: string]: AnySchema } } = {
  "0.4": {
    image: image04,
    label: label04,
    plate: plate04,
    well: well04,
    bf2raw: bf2raw04,
    ome: ome04,
    strict_image: strictImage04,
    strict_label: strictLabel04,
    strict_plate: strictPlate04,
    strict_well: strictWell04,
  },
  "0.5": {
    _version: version05,
    image: image05,
    label: label05,
    plate: plate05,
    well: well05,
    bf2raw: bf2raw05,
    ome: ome05,
    strict_image: strictImage05,
    strict_label: strictLabel05,
    strict_plate: strictPlate05,
    strict_well: strictWell05,
  },
};

/** OME-NGFF's own schemas, ready to check attributes with. */
export interface Schemas {
  /**
   * What the schema, or its strict form (what the specification recommends too), says of the attributes; "" where there is no
   * strict form. Only the first thing with `one`, for documents that may be wrong a million times.
   */
  check(
    version: SchemaVersion,
    name: SchemaName,
    attributes: unknown,
    options?: { readonly strict?: boolean; readonly one?: boolean },
  ): readonly ErrorObject[];
}

let loaded: Promise<Schemas> | undefined;

/** The schemas; their compiler is loaded at the first call: 60 ms that other commands don't pay. */
export function loadSchemas(): Promise<Schemas> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Schemas> {
  const { Ajv2020 } = await import("ajv/dist/2020.js");
  const compiled = new Map<string, ValidateFunction>();
  const compilers = new Map<string, InstanceType<typeof Ajv2020>>();
  // The two versions give some schemas the same identifier.
  const compilerOf = (version: SchemaVersion, one: boolean) => {
    const key = `${version} ${one}`;
    let compiler = compilers.get(key);
    if (!compiler) {
      compiler = new Ajv2020({ strict: false, allErrors: !one });
      compiler.removeKeyword("uniqueItems");
      compiler.addKeyword({
        keyword: "uniqueItems",
        type: "array",
        schemaType: "boolean",
        errors: false,
        error: { message: "must not have the same item twice" },
        validate: (wanted: boolean, items: readonly unknown[]) => !wanted || areDifferent(items),
      });
      for (const schema of Object.values(SCHEMAS[version])) compiler.addSchema(schema);
      compilers.set(key, compiler);
    }
    return compiler;
  };
  return {
    check(version, name, attributes, { strict = false, one = false } = {}) {
      const schema = SCHEMAS[version][strict ? `strict_${name}` : name];
      if (schema === undefined) return [];
      const id = (schema as { readonly $id: string }).$id;
      const key = `${version} ${one} ${id}`;
      const check = compiled.get(key) ?? compilerOf(version, one).getSchema(id);
      if (!check) throw new Error(`no schema ${id}`);
      compiled.set(key, check);
      return check(attributes) ? [] : [...(check.errors ?? [])];
    },
  };
}

/** Ajv's own check compares each with each: a minute for ten thousand wells. */
function areDifferent(items: readonly unknown[]): boolean {
  const seen = new Set<string>();
  for (const item of items) {
    const text = canonical(item);
    if (seen.has(text)) return false;
    seen.add(text);
  }
  return true;
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`;
}
