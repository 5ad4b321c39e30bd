import { bioFormatsOf, type ReaderFlags, readerOptions } from "../reader-options.ts";
import type { DefineCommand } from "./index.ts";

export const defineInspect: DefineCommand = (program) => {
  const command = program
    .command("inspect")
    .description("what an image or array is, from its headers")
    .argument(
      "<uri>",
      "a TIFF, OME-TIFF, CZI, Zarr or OME-Zarr: a path, s3:// or https://; uri#component picks an array",
    )
    .option("--json", "print one JSON document")
    .option("--verbose", "more on errors");
  readerOptions(command).action(async (uri: string, flags: { json?: boolean } & ReaderFlags) => {
    const bioFormats = bioFormatsOf(flags);
    const { printInspection } = await import("../print-inspection.ts");
    if (bioFormats) {
      const { inspectWithBioFormats } = await import("../../shared/inspect/bioformats.ts");
      printInspection(await inspectWithBioFormats(uri, bioFormats), flags);
      return;
    }
    const { inspect } = await import("../../shared/inspect/inspect.ts");
    printInspection(await inspect(uri), flags);
  });
};
