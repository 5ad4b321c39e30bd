import { readFile } from "node:fs/promises";
import { LamellaError } from "../shared/errors.ts";
import { parsePipelineText } from "../shared/pipeline/parse.ts";
import { AWS_FACTS, type AwsFacts } from "../shared/plan/aws-facts.ts";
import { overrideFacts } from "../shared/plan/override-facts.ts";

/** The quotas and prices that estimates go by: those of this version, with what a YAML or JSON file (or LAMELLA_PRICES) says otherwise. */
export async function loadPrices(
  file: string | undefined = process.env["LAMELLA_PRICES"],
): Promise<AwsFacts> {
  if (file === undefined || file === "") return AWS_FACTS;
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new LamellaError(
      error.code === "ENOENT" ? "NOT_FOUND" : "INVALID_ARGUMENT",
      `${file}: ${error.code === "ENOENT" ? "there is no such file" : error.message}`,
      {
        hint: "--prices and LAMELLA_PRICES name a file of quotas and prices, YAML or JSON.",
        details: { file },
      },
    );
  });
  return overrideFacts(parsePipelineText(text, file), file);
}
