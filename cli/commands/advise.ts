import { InvalidArgumentError } from "commander";
import type { Json } from "../../shared/errors.ts";
import type { DefineCommand } from "./index.ts";

/** Uses that are no kernel's. */
export const USES = ["spatial", "temporal", "planes", "viewing"] as const;

export interface AdviseFlags {
  readonly for: string;
  readonly args?: { readonly [name: string]: Json };
  readonly feature?: string;
  readonly json?: boolean;
}

export const defineAdvise: DefineCommand = (program) => {
  program
    .command("advise")
    .description("chunk and shard shapes for a use, each with its bytes, tasks, halos, requests and dollars")
    .argument("<uri>", "an image or array: a path, s3:// or https://; uri#component picks an array")
    .requiredOption("--for <use>", `${USES.join(", ")}, or a kernel's name`)
    .option("--args <json>", "of a kernel: its arguments, as in a pipeline: '{\"sigma\": 2}'", parseObject)
    .option(
      "--feature <length>",
      'the largest thing that is looked for: elements, or a length such as "12 um"',
    )
    .option("--json", "print one JSON document")
    .action(async (uri: string, flags: AdviseFlags) => {
      const { adviseOn } = await import("../advise.ts");
      await adviseOn(uri, flags);
    });
};

function parseObject(text: string): { readonly [name: string]: Json } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as { readonly [name: string]: Json };
  throw new InvalidArgumentError(`"${text}" is not a JSON object such as {"sigma": 2}.`);
}
