import { joinKey } from "../storage/key.ts";
import type { ZarrGroup } from "../zarr/read.ts";
import type { Described } from "./document.ts";
import { at, type Place } from "./findings.ts";
import { checkImage } from "./image-group.ts";
import type { Plate, Well } from "./plate-rules.ts";
import { checkGroup, forEach, openGroup, type Validation } from "./store.ts";

/** A plate's wells are there, each with its fields, which are images; no more of them than the plate says. */
export async function checkPlateFiles(
  validation: Validation,
  group: ZarrGroup,
  { ome, place }: Described,
): Promise<void> {
  const plate = ome["plate"] as Plate;
  const { findings } = validation;
  const counts: number[] = [];
  const indices = new Map(plate.wells.map(({ path }, i) => [path, i]));
  await forEach(validation, [...indices], async ([path, i]) => {
    const named = at(place, "plate", "wells", i, "path");
    const well = await openGroup(validation, joinKey(group.path, path), "WELL", named);
    if (!well) return;
    const described = checkGroup(validation, well);
    if (!described.kinds.includes("well")) {
      findings.error(
        "WELL",
        described.place,
        `${well.path} has no "well"`,
        'Add "well": { "images": [...] }.',
      );
      return;
    }
    const images = await checkWellFiles(validation, well, described, plate);
    counts.push(images);
  });
  const most = Math.max(0, ...counts);
  if (plate.field_count !== undefined && most > plate.field_count) {
    findings.error(
      "PLATE",
      at(place, "plate", "field_count"),
      `field_count is ${plate.field_count}, but a well has ${most} fields`,
      `Write ${most}.`,
    );
  }
}

/** A well's images are there; where the plate has acquisitions, each says of which it is. Returns how many images it names. */
export async function checkWellFiles(
  validation: Validation,
  group: ZarrGroup,
  { ome, place, kinds }: Described,
  plate: Plate | undefined,
): Promise<number> {
  const well = ome["well"] as Partial<Well> | undefined;
  if (!kinds.includes("well") || !Array.isArray(well?.images)) return 0;
  const images = (well.images as Well["images"]).filter((image) => typeof image?.path === "string");
  if (plate) checkAcquisitions(validation, images, plate, at(place, "well", "images"));
  await forEach(validation, images, async ({ path }, i) => {
    const named = at(place, "well", "images", i, "path");
    const image = await openGroup(validation, joinKey(group.path, path), "FIELD", named);
    if (image) await checkImage(validation, image, "FIELD");
  });
  return images.length;
}

function checkAcquisitions(
  { findings }: Validation,
  images: Well["images"],
  { acquisitions = [] }: Plate,
  place: Place,
): void {
  const ids = new Set(acquisitions.map(({ id }) => id));
  for (const [i, { acquisition }] of images.entries()) {
    if (acquisition === undefined) {
      if (ids.size > 1)
        findings.error(
          "WELL",
          at(place, i),
          "the plate has several acquisitions, but the image says none",
          'Add "acquisition".',
        );
    } else if (ids.size > 0 && !ids.has(acquisition)) {
      findings.error(
        "WELL",
        at(place, i, "acquisition"),
        `the plate has no acquisition ${acquisition}`,
        `It has ${[...ids].join(", ")}.`,
      );
    }
  }
}
