import type { DefineCommand } from "./index.ts";

export const defineInspect: DefineCommand = (program) => {
  program
    .command("inspect")
    .description("what an image or array is, from its headers")
    .argument(
      "<uri>",
      "a TIFF, OME-TIFF, CZI, Zarr or OME-Zarr: a path, s3:// or https://; uri#component picks an array",
    )
    .option("--json", "print one JSON document")
    .option("--verbose", "more on errors")
    .action(async (uri: string, flags: { json?: boolean }) => {
      const [{ inspect }, { printInspection }] = await Promise.all([
        import("../../shared/inspect/inspect.ts"),
        import("../print-inspection.ts"),
      ]);
      printInspection(await inspect(uri), flags);
    });
};
