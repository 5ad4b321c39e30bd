import * as z from "zod";
import type { ArrayNode } from "../../array/nodes.ts";
import { isFloat } from "../../block/dtype.ts";
import type { Json } from "../../errors.ts";
import { allKernels } from "../../kernels/registry.ts";
import type { PreviewControl } from "./protocol.ts";

/** A control, and where its number is in the document. */
export interface Control extends Omit<PreviewControl, "value"> {
  /** Path of the number, or of the parameter that it takes. */
  readonly path: readonly (string | number)[];
}

/** Numbers of whole-array steps, which have no `args`. */
const STEP_NUMBERS = new Set([
  "sigma",
  "lowThreshold",
  "highThreshold",
  "low",
  "high",
  "minSize",
  "maxSize",
  "distance",
  "minDistance",
  "q",
]);

/** What JSON Schema says of a number, as far as it matters here. */
interface NumberHints {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly isInteger: boolean;
}

/**
 * The numbers in the steps' `args` (of whole-array steps, those that stand for sizes and thresholds), in the order of the file. A
 * text that is one parameter whole stands for that parameter's value. `document` is the pipeline as written; `params` their values.
 */
export function controlsOf(
  document: unknown,
  params: { readonly [name: string]: Json },
  nodes: ReadonlyMap<string, ArrayNode>,
): Control[] {
  const controls: Control[] = [];
  const steps = recordOf(recordOf(document)["steps"]);
  for (const [step, written] of Object.entries(steps)) {
    const entry = recordOf(written);
    const kernel = typeof entry["kernel"] === "string" ? entry["kernel"] : undefined;
    const found = (name: string, value: unknown, at: readonly (string | number)[], label: string): void => {
      if (Array.isArray(value)) {
        for (const [i, each] of value.entries()) found(name, each, [...at, i], `${label}[${i}]`);
        return;
      }
      const param = typeof value === "string" ? /^\$\{([A-Za-z_]\w*)\}$/.exec(value)?.[1] : undefined;
      const number = param === undefined ? value : params[param];
      if (typeof number !== "number" || !Number.isFinite(number)) return;
      const hints = kernel === undefined ? undefined : hintsOf(kernel, name);
      controls.push({
        id: [step, ...at].join("."),
        step,
        label,
        valueInFile: number,
        ...spanOf(number, name, hints, nodes.get(step)),
        ...(param === undefined ? {} : { param }),
        path: param === undefined ? ["steps", step, ...at] : ["params", param],
      });
    };
    // What is handed to a blockwise step are arrays, with letters for their axes.
    if (!Array.isArray(entry["args"]))
      for (const [name, value] of Object.entries(recordOf(entry["args"])))
        found(name, value, ["args", name], name);
    for (const name of STEP_NUMBERS) if (name in entry) found(name, entry[name], [name], name);
  }
  return controls;
}

function hintsOf(kernel: string, name: string): NumberHints | undefined {
  const found = allKernels().find((each) => each.name === kernel);
  if (!found) return undefined;
  const schema = z.toJSONSchema(found.args, { io: "input", unrepresentable: "any" });
  const numbers: { type?: string; minimum?: number; exclusiveMinimum?: number; maximum?: number }[] = [];
  const visit = (part: unknown): void => {
    const { type, anyOf, items } = recordOf(part) as { type?: string; anyOf?: unknown[]; items?: unknown };
    if (type === "number" || type === "integer") numbers.push(part as object);
    for (const each of anyOf ?? []) visit(each);
    if (items !== undefined) visit(items);
  };
  visit(recordOf(schema.properties)[name]);
  const [first] = numbers;
  if (!first) return undefined;
  const isInteger = numbers.every(({ type }) => type === "integer");
  const least =
    first.minimum ??
    (first.exclusiveMinimum === undefined ? undefined : first.exclusiveMinimum + (isInteger ? 1 : 0));
  const most = first.maximum !== undefined && first.maximum < 1e6 ? first.maximum : undefined;
  return {
    isInteger,
    ...(least === undefined || least < -1e6 ? {} : { minimum: least }),
    ...(most === undefined ? {} : { maximum: most }),
  };
}

/** What a slider spans: four times the value, round, from the least that the kernel takes; and a two-hundredth of that for a move. */
function spanOf(
  value: number,
  name: string,
  hints: NumberHints | undefined,
  node: ArrayNode | undefined,
): Pick<Control, "min" | "max" | "increment" | "isInteger"> {
  const ofData =
    node && /^(?:above|below|atLeast|atMost|low|high)$/i.test(name) ? inputDType(node) : undefined;
  const isInteger = hints?.isInteger ?? (/size$/i.test(name) || (ofData !== undefined && !isFloat(ofData)));
  const reach = roundUp(4 * Math.abs(value)) || (isInteger ? 10 : 1);
  const min = hints?.minimum ?? (value < 0 ? -reach : 0);
  const max = hints?.maximum ?? (ofData === "uint8" ? 255 : Math.max(reach, min + 1));
  const increment = isInteger && Number.isInteger(value) ? 1 : roundUp((max - min) / 200);
  return {
    min: Math.min(min, value),
    max: Math.max(max, value),
    increment,
    isInteger: isInteger && Number.isInteger(value),
  };
}

function inputDType(node: ArrayNode) {
  return node.kind === "kernel" ? node.inputs[0]?.dtype : undefined;
}

/** The least of 1, 2, 5, 10, 20, ... that is no smaller. */
function roundUp(value: number): number {
  if (!(value > 0)) return 0;
  const power = 10 ** Math.floor(Math.log10(value));
  const digit = [1, 2, 5, 10].find((each) => each * power >= value * (1 - 1e-9)) ?? 10;
  return Number((digit * power).toPrecision(12));
}

export function recordOf(value: unknown): { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: unknown })
    : {};
}
