import type { DefineCommand } from "./index.ts";

export const defineValidate: DefineCommand = (program, done) => {
  program
    .command("validate")
    .description("whether an OME-Zarr is as OME-NGFF 0.4 or 0.5 wants it; ends with status 1 where it isn't")
    .argument(
      "<zarr>",
      "an image, plate, well, labels or a series: a path, s3:// or https://; uri#component picks a group",
    )
    .option("--strict", "what the specification recommends is required")
    .option("--json", "print one JSON document")
    .option("--verbose", "more on errors")
    .action(async (uri: string, flags: { strict?: boolean; json?: boolean }) => {
      const [{ validate }, { printValidation }] = await Promise.all([
        import("../../shared/validate/validate.ts"),
        import("../print-validation.ts"),
      ]);
      const report = await validate(uri, flags.strict ? { strict: true } : {});
      printValidation(report, flags);
      if (!report.valid) done(1);
    });
};
