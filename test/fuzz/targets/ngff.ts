import { imagesBelow } from "../../../shared/formats/ngff/images-below.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";
import { Findings } from "../../../shared/validate/findings.ts";
import { loadSchemas } from "../../../shared/validate/schemas.ts";
import { validateGroup } from "../../../shared/validate/validate-group.ts";
import { openZarrNode } from "../../../shared/zarr/read.ts";
import { imageHierarchy, plateHierarchy, writeHierarchy } from "../../support/ngff-store.ts";
import type { FuzzTarget, Seed } from "../target.ts";
import { seedsOf } from "./zarr.ts";

/** Metadata of images with labels and of plates: validated, and followed to the images that they name. */
export const ngff: FuzzTarget = {
  name: "OME-NGFF",
  share: 1,
  async seeds() {
    const seeds: Seed[] = [];
    for (const version of ["0.4", "0.5"] as const) {
      for (const [name, hierarchy] of [
        ["image", imageHierarchy(version)],
        ["plate", plateHierarchy(version)],
      ] as const) {
        const store = new MemoryStore();
        await writeHierarchy(store, hierarchy);
        seeds.push(...(await seedsOf(`${name} ${version}`, store, read)));
      }
    }
    return seeds;
  },
};

async function read(store: MemoryStore): Promise<void> {
  const node = await openZarrNode(store, "");
  if (node.kind === "array") return;
  await validateGroup(
    { store, findings: new Findings(), schemas: await loadSchemas(), strict: true },
    node.group,
  );
  await imagesBelow(store, node.group);
}
