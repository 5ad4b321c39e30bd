import type { Json } from "../errors.ts";
import { readPlate, readWellImages } from "../formats/ngff/plate.ts";
import { joinKey } from "../storage/key.ts";
import { Limit } from "../storage/limit.ts";
import type { ObjectStore } from "../storage/store.ts";
import { openZarrGroup, type ZarrGroup } from "../zarr/read.ts";
import type { Inspection } from "./inspect.ts";

interface Below {
  readonly store: ObjectStore;
  /** What an image's group tells. */
  readonly image: (group: ZarrGroup) => Promise<Inspection>;
}

/** Wells whose fields are looked up: as many as the largest plates have. */
const MOST_WELLS = 1536;
const AT_ONCE = 32;

/** A plate: rows, columns, its wells with the paths of their fields, and the first field as an example of them all. */
export async function inspectPlate({ store, image }: Below, group: ZarrGroup): Promise<Inspection> {
  const plate = readPlate(group.attributes, group.label);
  const limit = new Limit(AT_ONCE);
  const wells = await Promise.all(
    plate.wells.map(({ path }, i) =>
      limit.run(async (): Promise<{ [key: string]: Json }> => {
        if (i >= MOST_WELLS) return { path };
        const fields = await fieldsOf(store, joinKey(group.path, path));
        return fields ? { path, fields } : { path, fields: [], missing: true };
      }),
    ),
  );
  const first = wells.find((well) => (well["fields"] as readonly string[] | undefined)?.length);
  const example = first
    ? joinKey(group.path, `${first["path"]}/${(first["fields"] as readonly string[])[0]}`)
    : undefined;
  return {
    ...(plate.name === undefined ? {} : { name: plate.name }),
    rows: plate.rows,
    columns: plate.columns,
    ...(plate.acquisitions ? { acquisitions: plate.acquisitions.map((each) => ({ ...each })) } : {}),
    wells,
    ...(example === undefined ? {} : { firstField: await image(await openZarrGroup(store, example)) }),
  };
}

/** A well: each of its fields. */
export async function inspectWell({ store, image }: Below, group: ZarrGroup): Promise<Inspection> {
  const fields = [];
  for (const { path, acquisition } of readWellImages(group.attributes, group.label)) {
    const field = await image(await openZarrGroup(store, joinKey(group.path, path)));
    fields.push({ ...field, ...(acquisition === undefined ? {} : { acquisition }) });
  }
  return { fields };
}

/** The paths of a well's fields; undefined where the well isn't there. */
async function fieldsOf(store: ObjectStore, path: string): Promise<string[] | undefined> {
  const well = await openZarrGroup(store, path).catch(() => undefined);
  return well && readWellImages(well.attributes, well.label).map((image) => image.path);
}
