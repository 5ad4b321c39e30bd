import type { Axis } from "../block/axes.ts";
import { LamellaError } from "../errors.ts";
import { typeOfName } from "../formats/ngff/axes.ts";
import type { ArrayNode } from "./nodes.ts";
import { slice, transpose } from "./view.ts";

const LETTERS = ["t", "c", "z", "y", "x"] as const;
type Letter = (typeof LETTERS)[number];
const TYPES = { t: "time", c: "channel", z: "space", y: "space", x: "space" } as const;

/**
 * An array as the five axes of a picture: t, c, z, y, x, those that it hasn't with one element. Axes go by their names and types;
 * where they have neither, the last ones are z, y, x as far as there are any, or y, x, c where the last has 3 or 4 elements (RGB).
 * Throws SHAPE_MISMATCH.
 */
export function asTczyx(node: ArrayNode): ArrayNode {
  const letters = lettersOf(node.axes, node.shape);
  if (!letters) {
    throw new LamellaError(
      "SHAPE_MISMATCH",
      `${node.step} can't be converted as an image: its axes are ${node.axes.map((axis) => axis.name).join(", ")}`,
      {
        hint: "An image has two to five axes out of t, c, z, y, x. Slice or stack it in a pipeline: `lamella run`.",
        details: { axes: node.axes.map((axis) => axis.name) },
      },
    );
  }
  const there = LETTERS.filter((letter) => letters.includes(letter));
  const order = there.map((letter) => letters.indexOf(letter));
  const ordered = order.every((axis, i) => axis === i) ? node : transpose(node, order, node.step);
  const whole =
    there.length === LETTERS.length
      ? ordered
      : slice(
          ordered,
          LETTERS.map((letter) => (there.includes(letter) ? {} : null)),
          node.step,
        );
  const axes = LETTERS.map((letter): Axis => {
    const at = letters.indexOf(letter);
    const known = at < 0 ? { scale: 1, translation: 0 } : node.axes[at]!;
    return { ...known, name: letter, type: TYPES[letter] };
  });
  return Object.freeze({ ...whole, axes });
}

function lettersOf(axes: readonly Axis[], shape: readonly number[]): Letter[] | undefined {
  if (axes.length < 2 || axes.length > LETTERS.length) return undefined;
  if (axes.every((axis) => (axis.type ?? typeOfName(axis.name)) === undefined)) {
    const [y = 0, x = 0, last = 0] = shape;
    const isRgb = axes.length === 3 && (last === 3 || last === 4) && Math.min(y, x) > 16;
    return isRgb ? ["y", "x", "c"] : LETTERS.slice(LETTERS.length - axes.length);
  }
  const space = axes.filter((axis) => (axis.type ?? typeOfName(axis.name)) === "space");
  const letters = axes.map((axis): Letter | undefined => {
    const name = axis.name.toLowerCase();
    if (name in TYPES) return name as Letter;
    if (axis.type === "time") return "t";
    if (axis.type === "channel") return "c";
    return axis.type === "space"
      ? (["z", "y", "x"] as const)[3 - space.length + space.indexOf(axis)]
      : undefined;
  });
  const known = letters.filter((letter) => letter !== undefined);
  const isImage = known.length === axes.length && new Set(known).size === known.length;
  return isImage && known.includes("y") && known.includes("x") ? known : undefined;
}
