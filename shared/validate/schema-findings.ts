import type { ErrorObject } from "ajv";
import type { Findings, Place } from "./findings.ts";

/** Says what a schema's errors mean, one finding for each thing that is wrong. `level`: strict rules may only warn. */
export function reportSchemaErrors(
  findings: Findings,
  level: "error" | "warn",
  place: Place,
  errors: readonly ErrorObject[],
): void {
  const said = new Set<string>();
  for (const error of errors) {
    // What each branch of a choice says by itself is noise: the choice's own error follows.
    if (/\/(?:oneOf|anyOf|contains)\//.test(error.schemaPath)) continue;
    const [message, hint] = explain(error);
    const pointer = place.pointer + error.instancePath;
    if (said.has(`${pointer} ${message}`)) continue;
    said.add(`${pointer} ${message}`);
    findings[level]("SCHEMA", { file: place.file, pointer }, message, hint);
  }
}

function explain(error: ErrorObject): readonly [message: string, hint: string] {
  const { keyword, instancePath, params } = error;
  const name = instancePath.split("/").at(-1) || "the metadata";
  switch (keyword) {
    case "required":
      return [`"${params["missingProperty"]}" is missing`, `Add "${params["missingProperty"]}".`];
    case "enum": {
      const allowed = (params["allowedValues"] as readonly unknown[])
        .map((v) => JSON.stringify(v))
        .join(", ");
      return [`${name} is none of ${allowed}`, `Write ${allowed}.`];
    }
    case "type":
      return [`${name} is no ${params["type"]}`, `Write ${name} as ${params["type"]}.`];
    case "pattern":
      return [
        `${name} has characters that it may not have`,
        name === "path" && String(params["pattern"]).includes("/")
          ? "A well's path is its row, a slash and its column, letters and digits only: A/1."
          : "Use letters and digits only.",
      ];
    case "uniqueItems":
      return [`${name} has the same item twice`, "Leave one of them out."];
    case "oneOf":
      if (/\/axes\/\d+$/.test(instancePath)) {
        return [
          "this is no axis",
          'An axis has a "name", and a "type" that is space, time, channel, or a text of its own.',
        ];
      }
      return [
        "this is no transformation of a dataset",
        'Write { "type": "scale", "scale": [a number for each axis] }, or the same with "translation".',
      ];
    case "contains":
      if (/\/axes$/.test(instancePath))
        return ['it has not 2 or 3 axes of type "space"', 'Give 2 or 3 axes the type "space".'];
      return ["it has not exactly one scale", "Give each dataset one scale, then at most one translation."];
    default:
      return [
        `${name} ${error.message ?? "is not as the schema wants it"}`,
        `See "${name}" in the OME-NGFF specification.`,
      ];
  }
}
