import { openImage } from "../../../shared/formats/open-image.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";
import { makeTiff, page } from "../../support/make-tiff.ts";
import { damageBytes, damageText, oneOf } from "../damage.ts";
import { type FuzzTarget, readSeries } from "../target.ts";

const NAMES = ["z0.ome.tif", "z1.ome.tif", "z2.ome.tif"];

const XML = `<?xml version="1.0" encoding="UTF-8"?>
<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:0"><Image ID="Image:0" Name="stack">
<AcquisitionDate>2020-01-02T03:04:05</AcquisitionDate><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8"
 SizeX="4" SizeY="3" SizeZ="3" SizeC="1" SizeT="1" PhysicalSizeX="0.5" PhysicalSizeXUnit="&#181;m" PhysicalSizeZ="2">
<Channel ID="Channel:0:0" Name="a" Color="-16776961" SamplesPerPixel="1"/>
${NAMES.map((name, z) => `<TiffData FirstZ="${z}" IFD="0" PlaneCount="1"><UUID FileName="${name}">urn:uuid:${z}</UUID></TiffData>`).join("\n")}
<Plane TheZ="0" TheC="0" TheT="0" DeltaT="0.1"/></Pixels></Image></OME>`;

/** A companion's OME-XML, whose TIFFs are sound. */
export const ome: FuzzTarget = {
  name: "OME-XML",
  share: 2,
  async seeds() {
    const plane = makeTiff([page(4, 3, 8, [new Uint8Array(12)])]);
    return [
      {
        name: "companion",
        bytes: new TextEncoder().encode(XML),
        damage: oneOf(damageText, damageText, damageBytes),
        async read(bytes) {
          const store = new MemoryStore();
          for (const name of NAMES) await store.put(name, plane);
          await store.put("a.companion.ome", bytes);
          await readSeries(
            await openImage({ store, key: "a.companion.ome", uri: "memory://a.companion.ome" }),
          );
        },
      },
    ];
  },
};
