import { type Document, isCollection, isScalar, stringify, visit, Document as YamlDocument } from "yaml";
import type { Inspection } from "../shared/inspect/inspect.ts";
import { formatBytes } from "./format.ts";

/** A mapping or list that fits into a line this long is written on one. */
const LINE = 110;

/** An inspection on stdout: as YAML for people, short mappings and lists on one line; as one JSON document with --json. */
export function printInspection(inspection: Inspection, flags: { readonly json?: boolean }): void {
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(inspection)}\n`);
    return;
  }
  const { provenance, ...facts } = inspection;
  const last = provenance === undefined ? {} : { provenance };
  const document = new YamlDocument(withReadableBytes({ ...facts, ...last }));
  foldShort(document);
  process.stdout.write(document.toString({ lineWidth: 0, flowCollectionPadding: false }));
}

function foldShort(document: Document): void {
  visit(document, {
    Collection(_, node, path) {
      const depth = path.filter(isCollection).length;
      const line = stringify(node.toJSON(), { collectionStyle: "flow", lineWidth: 0 }).trim();
      if (depth > 0 && !line.includes("\n") && line.length + 2 * depth <= LINE) node.flow = true;
      return undefined;
    },
    Scalar(_, node) {
      if (isScalar(node) && typeof node.value === "number" && !Number.isInteger(node.value))
        node.value = Number(node.value.toPrecision(12));
    },
  });
}

/** Counts of bytes as people read them. */
function withReadableBytes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withReadableBytes);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key,
      typeof entry === "number" && /bytes$/i.test(key) ? formatBytes(entry) : withReadableBytes(entry),
    ]),
  );
}
