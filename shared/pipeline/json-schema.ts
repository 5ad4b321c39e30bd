import * as z from "zod";
import { BOUNDARY_NAMES } from "../block/boundary.ts";
import { DTYPES } from "../block/dtype.ts";
import type { Kernel } from "../kernels/kernel.ts";
import { allKernels } from "../kernels/registry.ts";
import { KEY_MEANINGS, OP_MEANINGS } from "./meanings.ts";
import { type OpName, pipelineSchema } from "./schema.ts";

/** A JSON Schema, as far as it is read and written here. */
export interface JsonSchema {
  [key: string]: unknown;
  description?: string;
  type?: string | string[];
  const?: unknown;
  enum?: readonly unknown[];
  properties?: { [key: string]: JsonSchema };
  required?: string[];
  items?: JsonSchema | boolean;
  prefixItems?: JsonSchema[];
  additionalProperties?: JsonSchema | boolean;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
}

/** The bounds that zod gives whole numbers: of no use to a reader. */
const WIDEST = Number.MAX_SAFE_INTEGER;
const PARAMETER = { $ref: "#/$defs/parameter" };
/** Operations whose `args` are a kernel's. */
const WITH_KERNEL_ARGS = ["mapBlocks", "mapOverlap", "applyGufunc"];

/**
 * The JSON Schema (2020-12) of a pipeline file, for editors: every key and operation with what it means, the kernels by name, and
 * to each its own arguments. Laxer than the command line: "${name}" may stand for any value, and kernels check their arguments.
 */
export function pipelineJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(pipelineSchema, {
    io: "input",
    override: ({ jsonSchema }) => {
      if (jsonSchema.maximum === WIDEST) delete jsonSchema.maximum;
      if (jsonSchema.minimum === -WIDEST) delete jsonSchema.minimum;
    },
  }) as JsonSchema;
  const { inputs, steps, outputs } = schema.properties!;
  for (const input of (inputs!.additionalProperties as JsonSchema).anyOf!) acceptParameters(input);
  acceptParameters(outputs!.additionalProperties as JsonSchema);
  for (const step of (steps!.additionalProperties as JsonSchema).oneOf!) describeStep(step);
  explainKeys(schema, "");
  const kernels = allKernels();
  const defs = schema["$defs"] as { [name: string]: JsonSchema } | undefined;
  schema["$defs"] = {
    ...defs,
    parameter: { type: "string", pattern: "^\\$\\{[A-Za-z_]\\w*\\}$", description: "a value of params" },
    kernelArguments: {
      allOf: kernels.map(({ name }) => ({
        if: { properties: { kernel: { const: name } }, required: ["kernel"] },
        // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
        then: { properties: { args: { $ref: `#/$defs/args.${name}` } } },
      })),
    },
    ...Object.fromEntries(kernels.map((kernel) => [`args.${kernel.name}`, argumentsOf(kernel)])),
  };
  schema["title"] = "Lamella pipeline";
  return schema;
}

function describeStep(step: JsonSchema): void {
  const properties = step.properties!;
  const op = properties["op"]!.const as OpName;
  step.description = OP_MEANINGS[op];
  properties["op"]!.description = OP_MEANINGS[op];
  acceptParameters(step);
  if (properties["dtype"]) offer(properties["dtype"], DTYPES);
  if (properties["boundary"]) offer(properties["boundary"], BOUNDARY_NAMES);
  if (!properties["kernel"]) return;
  const names = allKernels().map((kernel) => kernel.name);
  offer(properties["kernel"], names);
  if (!WITH_KERNEL_ARGS.includes(op)) return;
  step.allOf = [{ $ref: "#/$defs/kernelArguments" }];
}

/** Names that editors complete; the command line says what else is wrong, with the nearest. */
function offer(schema: JsonSchema, names: readonly string[]): void {
  const { description, ...rest } = schema;
  for (const key of Object.keys(schema)) delete schema[key];
  Object.assign(schema, {
    ...(description === undefined ? {} : { description }),
    anyOf: [{ enum: names }, rest],
  });
}

/** Lets "${name}" stand for every value within, besides what is there. */
function acceptParameters(schema: JsonSchema): void {
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    if (key !== "op" && !("not" in value)) schema.properties![key] = orParameter(value);
  }
}

function orParameter(schema: JsonSchema): JsonSchema {
  acceptWithin(schema);
  if (takesAnyText(schema)) return schema;
  const { description, ...rest } = schema;
  return { ...(description === undefined ? {} : { description }), anyOf: [rest, PARAMETER] };
}

function acceptWithin(schema: JsonSchema): void {
  acceptParameters(schema);
  for (const key of ["anyOf", "oneOf"] as const) schema[key]?.forEach(acceptWithin);
  if (isSchema(schema.items)) schema.items = orParameter(schema.items);
  if (schema.prefixItems) schema.prefixItems = schema.prefixItems.map(orParameter);
  if (isSchema(schema.additionalProperties))
    schema.additionalProperties = orParameter(schema.additionalProperties);
}

function takesAnyText(schema: JsonSchema): boolean {
  if (schema["$ref"] !== undefined) return true;
  if (schema.anyOf) return schema.anyOf.some(takesAnyText);
  if (schema.oneOf) return schema.oneOf.some(takesAnyText);
  const isText = schema.type === "string" || (Array.isArray(schema.type) && schema.type.includes("string"));
  return isText && schema.enum === undefined && schema.const === undefined && schema["pattern"] === undefined;
}

/** Gives every key that has none its meaning. */
function explainKeys(schema: JsonSchema, op: string): void {
  const own = (schema.properties?.["op"]?.const as string | undefined) ?? op;
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    const meaning = KEY_MEANINGS[`${own}.${key}`] ?? KEY_MEANINGS[key];
    if (value.description === undefined && meaning !== undefined) value.description = meaning;
    explainKeys(value, own);
  }
  for (const list of [schema.anyOf, schema.oneOf, schema.prefixItems])
    for (const each of list ?? []) explainKeys(each, own);
  for (const each of [schema.items, schema.additionalProperties]) if (isSchema(each)) explainKeys(each, own);
}

function isSchema(value: JsonSchema | boolean | undefined): value is JsonSchema {
  return typeof value === "object";
}

/** A kernel's arguments: their names and what they mean. Values are the kernel's own to check, since a step may give them. */
function argumentsOf(kernel: Kernel): JsonSchema {
  const { properties = {}, required } = z.toJSONSchema(kernel.args, {
    io: "input",
    unrepresentable: "any",
  }) as JsonSchema;
  const loose = Object.entries(properties).map(([name, { description, default: byDefault, enum: words }]) => [
    name,
    {
      ...(description === undefined ? {} : { description }),
      ...(byDefault === undefined ? {} : { default: byDefault }),
      ...(words === undefined ? {} : { anyOf: [{ enum: words }, true] }),
    },
  ]);
  return {
    description: `${kernel.summary}; equals ${kernel.equals}`,
    type: "object",
    properties: Object.fromEntries(loose),
    ...(required === undefined ? {} : { required }),
    additionalProperties: false,
  };
}
