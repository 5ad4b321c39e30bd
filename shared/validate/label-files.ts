import { isFloat } from "../block/dtype.ts";
import { isRecord, omeOf } from "../formats/ngff/attributes.ts";
import { LABELS_GROUP } from "../formats/ngff/labels.ts";
import { isImage } from "../formats/ngff/read.ts";
import { isSafeKey, joinKey } from "../storage/key.ts";
import { findZarrNode, type ZarrGroup } from "../zarr/read.ts";
import type { Described } from "./document.ts";
import { at, type Place } from "./findings.ts";
import { checkImageFiles, type ImageFiles } from "./image-files.ts";
import { checkGroup, forEach, openGroup, placeOf, type Validation } from "./store.ts";

/** The labels of an image, where it has some: its group `labels`, and each label image in it. */
export async function checkLabelsOf(
  validation: Validation,
  image: ZarrGroup,
  parent: ImageFiles,
): Promise<void> {
  const path = joinKey(image.path, LABELS_GROUP);
  const node = await findZarrNode(validation.store, path).catch(() => undefined);
  if (node?.kind !== "group") return;
  await checkLabelsGroup(validation, node.group, parent);
}

/** A group `labels`: what it lists is there and is labels; what is there is listed. */
export async function checkLabelsGroup(
  validation: Validation,
  group: ZarrGroup,
  parent: ImageFiles | undefined,
): Promise<void> {
  const { findings } = validation;
  const place = placeOf(group);
  const isNested = isRecord(group.attributes["ome"]);
  const here = at(place, ...(isNested ? ["ome", "labels"] : ["labels"]));
  const listed = omeOf(group.attributes)["labels"];
  if (!Array.isArray(listed) || listed.some((name) => typeof name !== "string")) {
    findings.error(
      "LABELS",
      here,
      "the group has no list of its label images",
      'Add "labels": ["name", ...].',
    );
    return;
  }
  const names = [...new Set(listed as readonly string[])];
  if (names.length < listed.length)
    findings.error("LABELS", here, "a label image is listed twice", "List each once.");
  await forEach(validation, names, async (name) => {
    const named = at(here, listed.indexOf(name));
    const label = await openGroup(validation, joinKey(group.path, name), "LABELS", named);
    if (label) await checkLabelImage(validation, label, checkGroup(validation, label), parent, named);
  });
  // Stores that can't list, such as web servers, hide nothing on purpose.
  const children = await group.listChildren().catch(() => []);
  for (const { name, kind } of children) {
    if (kind !== "group" || names.some((known) => known === name || known.startsWith(`${name}/`))) continue;
    findings.warn(
      "LABELS",
      here,
      `${joinKey(group.path, name)} is not listed`,
      `Add ${JSON.stringify(name)} to "labels".`,
    );
  }
}

/**
 * A label image is an image of integers, with as many levels as the image that it belongs to, whose `source` leads there.
 * `isNamed`: by the user, and not by an image's list.
 */
export async function checkLabelImage(
  validation: Validation,
  group: ZarrGroup,
  described: Described,
  parent: ImageFiles | undefined,
  named: Place,
  isNamed = false,
): Promise<void> {
  const { findings } = validation;
  if (!isImage(group.attributes)) {
    // OME-NGFF's own suite holds the attributes of a label image alone to be valid.
    findings[isNamed ? "warn" : "error"](
      "LABELS",
      described.place,
      `${group.path === "" ? "the group" : group.path} is no image: it has no multiscales`,
      "A label image is an image too: add its multiscales.",
    );
    return;
  }
  if (!("image-label" in described.ome)) {
    findings.warn(
      "LABELS",
      described.place,
      "a label image without image-label",
      'Add "image-label": {}, with its source and colors.',
    );
  }
  if (!described.passed.includes("image")) return;
  const files = await checkImageFiles(validation, group, described);
  for (const level of files.levels) {
    if (!level || !(isFloat(level.dtype) || level.dtype === "bool")) continue;
    findings.error(
      "DTYPE",
      at(described.place, "multiscales", 0),
      `${level.path} is ${level.dtype}; labels are integers`,
      "Write the labels as integers, e.g. uint32.",
    );
    break;
  }
  if (parent && parent.levels.length !== files.levels.length) {
    findings.error(
      "LABELS",
      at(described.place, "multiscales", 0, "datasets"),
      `the labels have ${files.levels.length} levels, their image ${parent.levels.length}`,
      "Give them as many levels as their image: `lamella pyramid` adds levels.",
    );
  }
  const [own, whole] = [files.levels[0]?.shape, parent?.levels[0]?.shape];
  if (own && whole && own.length === whole.length && own.some((n, axis) => n !== whole[axis] && n !== 1)) {
    findings.warn(
      "LABELS",
      named,
      `the labels are ${own.join(" x ")}, their image ${whole.join(" x ")}`,
      "Viewers lay them over each other by their scale: check that it is right.",
    );
  }
  await checkSource(validation, group, described);
}

async function checkSource(
  { store, findings }: Validation,
  group: ZarrGroup,
  { ome, place }: Described,
): Promise<void> {
  const label = ome["image-label"];
  const source = isRecord(label) ? label["source"] : undefined;
  const image = isRecord(source) ? (source["image"] ?? "../../") : undefined;
  if (typeof image !== "string") return;
  const here = at(place, "image-label", "source", "image");
  const target = resolve(group.path, image);
  if (target === undefined) {
    findings.warn(
      "LABEL_SOURCE",
      here,
      `${JSON.stringify(image)} leads out of what is validated`,
      "Validate the image that the labels belong to.",
    );
    return;
  }
  const node = await findZarrNode(store, target).catch(() => undefined);
  if (node?.kind === "group" && isImage(node.group.attributes)) return;
  findings.error(
    "LABEL_SOURCE",
    here,
    `${JSON.stringify(image)} leads to no image`,
    'Labels in an image\'s group "labels" have "../../".',
  );
}

/** A relative path from a group, in the same store; undefined where it leads out of it. */
function resolve(base: string, relative: string): string | undefined {
  const parts = base === "" ? [] : base.split("/");
  for (const part of relative.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  const path = parts.join("/");
  return path === "" || isSafeKey(path) ? path : undefined;
}
