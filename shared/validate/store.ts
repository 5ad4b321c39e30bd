import { isLamellaError, type LamellaError } from "../errors.ts";
import type { ObjectStore } from "../storage/store.ts";
import { findZarrNode, type ZarrArray, type ZarrGroup } from "../zarr/read.ts";
import { type CheckOptions, checkDocument, type Described } from "./document.ts";
import type { FindingCode, Findings, Place } from "./findings.ts";
import type { Schemas } from "./schemas.ts";

/** What a validation carries from group to group. */
export interface Validation extends CheckOptions {
  readonly store: ObjectStore;
  readonly findings: Findings;
  readonly schemas: Schemas;
  /** What the group that was named says; the groups below must say the same. */
  readonly version: string | undefined;
}

/** Groups and arrays that are opened at once. */
const AT_ONCE = 16;

/** Runs one check for each item, several at once, until there are too many errors. */
export async function forEach<T>(
  { findings }: Validation,
  items: readonly T[],
  check: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const takeTurns = async (): Promise<void> => {
    while (next < items.length && !findings.isFull) {
      const i = next++;
      await check(items[i]!, i);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, takeTurns));
}

/** Opens an array; says what keeps it from being opened. Undefined then. */
export async function openArray(
  { store, findings }: Validation,
  path: string,
  code: FindingCode,
  named: Place,
): Promise<ZarrArray | undefined> {
  try {
    const node = await findZarrNode(store, path);
    if (node?.kind === "array") return node.array;
    if (node) findings.error(code, named, `${path} is a group, not an array`, "Name the array of the level.");
    else findings.error(code, named, `there is no Zarr array at ${path}`, ABSENT);
  } catch (error) {
    reportUnopened(findings, error, code, named, path);
  }
  return undefined;
}

/** Opens a group; says what keeps it from being opened. Undefined then. */
export async function openGroup(
  { store, findings }: Validation,
  path: string,
  code: FindingCode,
  named: Place,
): Promise<ZarrGroup | undefined> {
  try {
    const node = await findZarrNode(store, path);
    if (node?.kind === "group") return node.group;
    if (node)
      findings.error(code, named, `${path} is an array, not a group`, "Name the group that holds the image.");
    else findings.error(code, named, `there is no Zarr group at ${path}`, ABSENT);
  } catch (error) {
    reportUnopened(findings, error, code, named, path);
  }
  return undefined;
}

function reportUnopened(
  findings: Findings,
  thrown: unknown,
  code: FindingCode,
  named: Place,
  path: string,
): void {
  if (!isLamellaError(thrown) || FATAL.has(thrown.code)) throw thrown;
  if (thrown.code === "UNSUPPORTED_CODEC" || thrown.code === "UNSUPPORTED_DTYPE") {
    findings.warn("UNREADABLE", named, `${path} can't be looked into: ${thrown.message}`, hintOf(thrown));
    return;
  }
  findings.error(code, named, thrown.message, hintOf(thrown));
}

const ABSENT = "Write it, or take it out of the metadata.";

/** What says nothing about the image itself. */
const FATAL: ReadonlySet<string> = new Set([
  "NO_CREDENTIALS",
  "ACCESS_DENIED",
  "STORAGE_FAILED",
  "INTERRUPTED",
  "INTERNAL",
]);

function hintOf(error: LamellaError): string {
  return error.hint ?? "Look at it with `lamella inspect`.";
}

/** Where the metadata of a group lies. */
export function placeOf(group: ZarrGroup): Place {
  const below = group.path === "" ? "" : `${group.path}/`;
  return group.zarrFormat === 2
    ? { file: `${below}.zattrs`, pointer: "" }
    : { file: `${below}zarr.json`, pointer: "/attributes" };
}

/** Checks what a group says of itself: its attributes, and that its version is that of its Zarr format and of the groups above. */
export function checkGroup(validation: Validation, group: ZarrGroup): Described {
  const { findings, schemas, strict, version: above } = validation;
  const place = placeOf(group);
  const described = checkDocument(findings, schemas, group.attributes, place, { strict });
  const { version, schemas: family } = described;
  if (family !== undefined && described.kinds.length > 0) {
    const wanted = family === "0.4" ? 2 : 3;
    if (group.zarrFormat !== wanted) {
      findings.error(
        "VERSION",
        described.place,
        `metadata of OME-NGFF ${family} lie in Zarr v${group.zarrFormat}`,
        family === "0.4"
          ? 'Zarr v3 holds OME-NGFF 0.5: put the metadata under "ome", with "version": "0.5".'
          : "OME-NGFF 0.5 is Zarr v3: write the arrays again, or use 0.4's metadata.",
      );
    }
  }
  if (above !== undefined && version !== undefined && version !== above) {
    findings.error(
      "VERSION",
      described.place,
      `it is of version ${version}, the group above of ${above}`,
      "One version holds for all of a hierarchy.",
    );
  }
  return described;
}
