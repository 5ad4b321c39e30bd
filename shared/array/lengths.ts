import type { Axis } from "../block/axes.ts";
import { LamellaError } from "../errors.ts";
import { parseLength, toUnit } from "../formats/ngff/units.ts";
import { axisIndex } from "../kernels/per-axis.ts";

/**
 * Turns physical lengths ("0.5 um") among the named arguments into elements, by the axes' scales: a scalar becomes a
 * map over the spatial axes, since their pixel sizes may differ. Numbers pass. `rounding` "ceil" is for depths, which are whole.
 * Throws INVALID_ARGS where an axis has no unit.
 */
export function resolveLengths(
  args: { readonly [name: string]: unknown },
  names: readonly string[],
  axes: readonly Axis[],
  rounding: "none" | "ceil" = "none",
): { [name: string]: unknown } {
  const resolved: { [name: string]: unknown } = { ...args };
  for (const name of names) {
    if (containsText(args[name])) resolved[name] = convert(name, args[name], axes, rounding);
  }
  return resolved;
}

function containsText(value: unknown): boolean {
  if (typeof value === "string") return true;
  return typeof value === "object" && value !== null && Object.values(value).some(containsText);
}

function convert(name: string, value: unknown, axes: readonly Axis[], rounding: "none" | "ceil"): unknown {
  if (typeof value === "string") {
    const spatial = axes.filter((axis) => axis.type === "space");
    if (spatial.length === 0) throw noUnit(name, value, axes[0]);
    return Object.fromEntries(spatial.map((axis) => [axis.name, elements(name, value, axis, rounding)]));
  }
  if (Array.isArray(value)) {
    const lead = axes.length - value.length;
    return value.map((entry: unknown, i) => convertFor(name, entry, axes[lead + i], rounding));
  }
  const map = value as { [axis: string]: unknown };
  return Object.fromEntries(
    Object.entries(map).map(([key, entry]) => {
      return [key, convertFor(name, entry, axes[axisIndex(key, axes, name)], rounding)];
    }),
  );
}

function convertFor(
  name: string,
  value: unknown,
  axis: Axis | undefined,
  rounding: "none" | "ceil",
): unknown {
  if (typeof value === "string") return elements(name, value, axis, rounding);
  if (Array.isArray(value)) return value.map((entry: unknown) => convertFor(name, entry, axis, rounding));
  return value;
}

function elements(name: string, text: string, axis: Axis | undefined, rounding: "none" | "ceil"): number {
  const length = parseLength(text);
  if (!axis?.unit || axis.type !== "space") throw noUnit(name, text, axis);
  const count = toUnit(length.value, length.unit, axis.unit) / axis.scale;
  return rounding === "ceil" ? Math.ceil(count - 1e-9) : count;
}

function noUnit(name: string, text: string, axis: Axis | undefined): LamellaError {
  return new LamellaError(
    "INVALID_ARGS",
    `${name}: "${text}" is a length, but axis ${axis?.name ?? "?"} has no physical size`,
    {
      hint: "Give the value in elements (pixels), or an input whose axes have units.",
    },
  );
}
