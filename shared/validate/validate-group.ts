import { omeOf } from "../formats/ngff/attributes.ts";
import { findZarrNode, type ZarrGroup } from "../zarr/read.ts";
import type { Described } from "./document.ts";
import { checkImageAndLabels } from "./image-group.ts";
import { checkLabelImage, checkLabelsGroup } from "./label-files.ts";
import { checkPlateFiles, checkWellFiles } from "./plate-files.ts";
import type { Plate } from "./plate-rules.ts";
import { checkSeriesFiles } from "./series-files.ts";
import { checkGroup, type Validation } from "./store.ts";

/** Checks the group that was named, and all that belongs to it. Returns what it says it is. */
export async function validateGroup(
  validation: Omit<Validation, "version">,
  group: ZarrGroup,
): Promise<Described> {
  const described = checkGroup({ ...validation, version: undefined }, group);
  const below = { ...validation, version: described.version };
  const { kinds } = described;
  const errors = validation.findings.errors.length;
  if (described.schemas === undefined) return described;
  if (kinds.includes("plate")) {
    if (described.passed.includes("plate")) await checkPlateFiles(below, group, described);
  } else if (kinds.includes("bf2raw")) {
    if (errors === 0) await checkSeriesFiles(below, group, described);
  } else if (kinds.includes("well")) {
    await checkWellFiles(below, group, described, await plateAbove(below, group));
  } else if (kinds.includes("label")) {
    await checkLabelImage(below, group, described, undefined, described.place, true);
  } else if (kinds.includes("image")) {
    await checkImageAndLabels(below, group, described);
  } else if (described.isLabelsGroup) await checkLabelsGroup(below, group, undefined);
  return described;
}

/** Of a well that was named itself, the plate two groups above, where the store goes up that far. */
async function plateAbove({ store }: Validation, group: ZarrGroup): Promise<Plate | undefined> {
  const parts = group.path.split("/");
  if (parts.length < 2) return undefined;
  const node = await findZarrNode(store, parts.slice(0, -2).join("/")).catch(() => undefined);
  if (node?.kind !== "group") return undefined;
  const { plate } = omeOf(node.group.attributes) as { readonly plate?: Plate };
  return Array.isArray(plate?.wells) ? plate : undefined;
}
