import { describe, expect, it } from "vitest";
import { conversionOf } from "../../../../shared/engine/aws/upload/conversion.ts";

describe("the conversion that an upload asks for", () => {
  it.each([
    ["incoming/cells.ome.tif", "cells"],
    ["incoming/cells.tif", "cells"],
    ["incoming/Cells.OME.TIFF", "Cells"],
    ["incoming/lab/day 1/cells.v2.tiff", "lab/day 1/cells.v2"],
    ["incoming/cells.ome.btf", "cells"],
    ["incoming/slide.czi", "slide"],
    ["incoming/slide.svs", "slide"],
    ["incoming/cells.ozx", "cells"],
    ["incoming/cells.ome.zarr.zip", "cells"],
    ["incoming/cells.ims", "cells"],
    ["incoming/volume.h5", "volume"],
  ])("%s is %s", (key, name) => {
    expect(conversionOf(key)).toEqual({
      source: key,
      options: `incoming/${name}.lamella.yaml`,
      output: `converted/${name}.ome.zarr`,
      status: `converted/${name}.status.json`,
    });
  });

  it.each([
    "incoming/cells.lamella.yaml",
    "incoming/notes.txt",
    "incoming/.tif",
    "incoming/lab/.ome.tif",
    "incoming/lab/._cells.tif",
    "incoming/",
    "cells.tif",
    "converted/cells.tif",
    "incoming/../converted/cells.tif",
    "incoming//cells.tif",
    "incoming/a\\b.tif",
  ])("%s asks for none", (key) => {
    expect(conversionOf(key)).toBeUndefined();
  });
});
