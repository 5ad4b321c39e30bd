import { bigTiff, bigTiffLine } from "./big-tiff.ts";
import { codecs, codecsNotes, codecsTable } from "./codecs.ts";
import { gaussian, gaussianNotes, gaussianTable } from "./gaussian.ts";
import { kernels, kernelsNotes, kernelsTable } from "./kernels.ts";
import { labelStagesTable, labels, labelsNotes, labelsTable } from "./labels.ts";
import { memory, memoryTable } from "./memory.ts";
import { peers, peersNotes, peersTable } from "./peers.ts";
import { resume, resumeNotes, resumeTable } from "./resume.ts";
import { scale, scaleNotes, scaleTable } from "./scale.ts";
import { soak, soakNotes, soakTable } from "./soak.ts";
import { cloudSoakNotes, cloudSoakTable, soakOnLocalStack } from "./soak-localstack.ts";
import type { SuiteOptions } from "./suite.ts";
import { formatTable } from "./table.ts";

export interface SuiteOutcome {
  /** Plain JSON. */
  readonly result: unknown;
  /** What doesn't hold that should. */
  readonly failures: readonly string[];
  /** Markdown: what is printed and kept. */
  readonly text: string;
}

export type SuiteName =
  | "big-tiff"
  | "codecs"
  | "gaussian"
  | "kernels"
  | "labels"
  | "memory"
  | "peers"
  | "resume"
  | "scale"
  | "soak"
  | "soak-localstack";

/** The benchmarks by name, in the order in which they are shown. */
export const SUITES: { readonly [name in SuiteName]: (options: SuiteOptions) => Promise<SuiteOutcome> } = {
  async "big-tiff"(options) {
    const result = await bigTiff(options);
    return { result, failures: result.failures, text: bigTiffLine(result) };
  },
  async codecs(options) {
    const result = await codecs(options);
    return {
      result,
      failures: result.failures,
      text: `${formatTable(codecsTable(result))}\n\n${codecsNotes(result)}`,
    };
  },
  async gaussian(options) {
    const result = await gaussian(options);
    return {
      result,
      failures: result.failures,
      text: [formatTable(gaussianTable(result)), ...gaussianNotes(result)].join("\n\n"),
    };
  },
  async kernels(options) {
    const result = await kernels(options);
    return {
      result,
      failures: result.failures,
      text: `${formatTable(kernelsTable(result))}\n\n${kernelsNotes(result)}`,
    };
  },
  async labels(options) {
    const result = await labels(options);
    return {
      result,
      failures: result.failures,
      text: [
        formatTable(labelsTable(result)),
        formatTable(labelStagesTable(result)),
        ...labelsNotes(result),
      ].join("\n\n"),
    };
  },
  async memory(options) {
    const result = await memory(options);
    return {
      result,
      failures: result.failures,
      text: `${formatTable(memoryTable(result))}

The pipelines read ${result.shape.join(" x ")} uint16; ${result.workers} workers. Stages are measured by the process itself, the whole from outside.`,
    };
  },
  async peers(options) {
    const result = await peers(options);
    return {
      result,
      failures: result.failures,
      text: result.skipped ? "" : `${formatTable(peersTable(result))}\n\n${peersNotes(result)}`,
    };
  },
  async resume(options) {
    const result = await resume(options);
    return {
      result,
      failures: result.failures,
      text: `${formatTable(resumeTable(result))}\n\n${resumeNotes(result)}`,
    };
  },
  async scale(options) {
    const result = await scale(options);
    return {
      result,
      failures: result.failures,
      text: `${formatTable(scaleTable(result))}\n\n${scaleNotes(result)}`,
    };
  },
  async soak(options) {
    const result = await soak(options);
    return {
      result,
      failures: result.failures,
      text: `${formatTable(soakTable(result))}\n\n${soakNotes(result)}`,
    };
  },
  async "soak-localstack"(options) {
    const result = await soakOnLocalStack(options);
    if (!result)
      return { result, failures: ["LocalStack can't run here: see localstack/README.md"], text: "" };
    return {
      result,
      failures: result.failures,
      text: [
        ...(result.functions > 0 ? [formatTable(cloudSoakTable(result))] : []),
        cloudSoakNotes(result),
      ].join("\n\n"),
    };
  },
};
