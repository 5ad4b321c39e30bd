import path from "node:path";
import type { Command, Option } from "commander";
import { howFar, kernelDetails, kernelList, whatComesOut } from "../../cli/kernel-list.ts";
import { makeProgram } from "../../cli/program.ts";
import { DTYPES } from "../../shared/block/dtype.ts";
import { ERROR_CODES, type ErrorCode } from "../../shared/errors.ts";
import { OP_MEANINGS } from "../../shared/pipeline/meanings.ts";
import { COMFORTABLE_TASK } from "../../shared/plan/blocks.ts";
import {
  BORDERS_PER_WORKER,
  CACHE_PER_WORKER,
  GARBAGE_PER_WORKER,
  PROCESS_RESERVE,
  WHOLE_CHUNKS_PER_WORKER,
  WORKER_RESERVE,
} from "../../shared/plan/budget.ts";
import { optionTable } from "./bioformats2raw.ts";
import { coursePages } from "./course.ts";
import { ERROR_MEANINGS } from "./error-meanings.ts";
import { markdownTable } from "./markdown.ts";
import { operationTables } from "./operations.ts";
import { contextTable, restTable } from "./stack-tables.ts";
import { tiffSurvey } from "./tiff-survey.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");

/** A place in the documents whose content follows from the sources. */
export interface GeneratedPart {
  readonly file: string;
  readonly name: string;
  readonly render: () => string;
}

export const GENERATED: readonly GeneratedPart[] = [
  { file: "docs/kernels.md", name: "kernels", render: kernelTables },
  { file: "docs/from-dask.md", name: "course", render: () => coursePages(ROOT) },
  { file: "docs/from-bioformats2raw.md", name: "options", render: optionTable },
  { file: "docs/errors.md", name: "errors", render: errorTable },
  { file: "docs/commands.md", name: "commands", render: commandTables },
  { file: "docs/status.md", name: "features", render: featureTable },
  { file: "docs/design.md", name: "memory", render: memoryTable },
  { file: "docs/references.md", name: "operations", render: operationTables },
  { file: "docs/tiff.md", name: "tiff", render: tiffSurvey },
  { file: "infra/README.md", name: "context", render: contextTable },
  { file: "docs/operations.md", name: "rest", render: restTable },
];

const EXIT_MEANINGS: readonly (readonly [status: number, title: string])[] = [
  [2, "The command, pipeline or input is wrong"],
  [3, "Refused"],
  [1, "The run failed"],
  [130, "Interrupted"],
];

/** The commands as the command line defines them. */
export function commands(): readonly Command[] {
  return makeProgram(() => {}).commands;
}

function kernelTables(): string {
  return kernelList()
    .map(({ name }) => {
      const kernel = kernelDetails(name);
      const rows = Object.entries(kernel.parameters).map(([parameter, schema]) => [
        `\`${parameter}\``,
        schema.default === undefined ? "" : `\`${JSON.stringify(schema.default)}\``,
        schema.description ?? "",
      ]);
      return [
        `## ${kernel.name}`,
        `${kernel.summary}. Equals \`${kernel.equals}\`.`,
        markdownTable([["parameter", "default", "meaning"], ...rows]),
        `Takes ${kernel.dtypes.join(", ")}. Gives ${whatComesOut(kernel.gives)}. Looks at ${howFar(kernel.looksAt)}.`,
        `As a step: \`${kernel.name}: ${kernel.example}\``,
      ].join("\n\n");
    })
    .join("\n\n");
}

/** What there is, as the registries have it; how well it works is said by hand beside it. */
function featureTable(): string {
  const row = (what: string, names: readonly string[]): string[] => [
    what,
    String(names.length),
    names.map((name) => `\`${name}\``).join(", "),
  ];
  return markdownTable([
    ["what", "how many", "which"],
    row(
      "commands",
      commands().map((command) => command.name()),
    ),
    row("operations of pipelines", Object.keys(OP_MEANINGS)),
    row(
      "kernels",
      kernelList().map(({ name }) => name),
    ),
    row("dtypes", DTYPES),
  ]);
}

function memoryTable(): string {
  const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
  return markdownTable([
    ["what", "size", "is"],
    ["process", mebibytes(PROCESS_RESERVE), "the runtime of the process"],
    ["worker", mebibytes(WORKER_RESERVE), "the runtime of each worker"],
    [
      "cache",
      `at most ${mebibytes(CACHE_PER_WORKER)}`,
      `decoded chunks (${mebibytes(WHOLE_CHUNKS_PER_WORKER)}) and borders (${mebibytes(BORDERS_PER_WORKER)}); less where the input is less`,
    ],
    [
      "garbage",
      `at most ${mebibytes(GARBAGE_PER_WORKER)}`,
      "buffers that nothing holds any more; collected between tasks once there are so many",
    ],
    ["a comfortable task", mebibytes(COMFORTABLE_TASK), "kernel memory up to which blocks are merged"],
  ]);
}

function errorTable(): string {
  return EXIT_MEANINGS.map(([status, title]) => {
    const codes = (Object.keys(ERROR_CODES) as ErrorCode[]).filter((code) => ERROR_CODES[code] === status);
    const rows = codes.map((code) => [`\`${code}\``, ERROR_MEANINGS[code]]);
    return `## ${title}: exit status ${status}\n\n${markdownTable([["code", "meaning"], ...rows])}`;
  }).join("\n\n");
}

function commandTables(): string {
  return commands()
    .map((command) => {
      const parameters = command.registeredArguments.map((argument) => [
        `\`${argument.required ? `<${argument.name()}>` : `[${argument.name()}]`}\``,
        argument.description,
      ]);
      const options = command.options.map((option) => [`\`${option.flags}\``, describe(option)]);
      return [
        `## lamella ${command.name()}`,
        `\`lamella ${command.name()} ${command.usage()}\`: ${command.description()}.`,
        markdownTable([["argument or option", "meaning"], ...parameters, ...options]),
      ].join("\n\n");
    })
    .join("\n\n");
}

function describe(option: Option): string {
  const { defaultValue } = option as { defaultValue?: unknown };
  const byDefault = typeof defaultValue === "string" ? `; default: ${defaultValue}` : "";
  return `${option.description}${byDefault}`;
}
