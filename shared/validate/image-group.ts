import type { ZarrGroup } from "../zarr/read.ts";
import type { Described } from "./document.ts";
import type { FindingCode } from "./findings.ts";
import { checkImageFiles } from "./image-files.ts";
import { checkLabelsOf } from "./label-files.ts";
import { checkGroup, type Validation } from "./store.ts";

/** Checks an image that another group names: a field of a well, a series. */
export async function checkImage(validation: Validation, group: ZarrGroup, code: FindingCode): Promise<void> {
  const described = checkGroup(validation, group);
  if (described.kinds.includes("image")) return checkImageAndLabels(validation, group, described);
  if (described.kinds.length === 0 && !described.isLabelsGroup) return;
  validation.findings.error(
    code,
    described.place,
    `${group.path} is no image: it has no multiscales`,
    "Name the group of an image.",
  );
}

/** An image's arrays and its labels. */
export async function checkImageAndLabels(
  validation: Validation,
  group: ZarrGroup,
  described: Described,
): Promise<void> {
  if (!described.passed.includes("image")) return;
  await checkLabelsOf(validation, group, await checkImageFiles(validation, group, described));
}
