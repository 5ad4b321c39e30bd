import { LamellaError } from "../../errors.ts";

/** Which elements around the centre count: nested lists of 0 and 1, one level an axis. */
export type Footprint = readonly (number | Footprint)[];

/** A footprint by its name: `{ disk: 3 }` or `"disk(3)"`. */
export type FootprintName = keyof typeof SHAPES;

/** What a kernel takes: nested lists, `"disk(3)"`, or a map of one name and its size, `{ disk: 3 }`. */
export type FootprintInput = Footprint | string | { readonly [name in FootprintName]?: number };

/** A footprint as a box of elements in C order. */
export interface Mask {
  readonly shape: readonly number[];
  readonly on: readonly boolean[];
}

const SHAPES = {
  disk,
  ball,
  square,
  cube,
  diamond,
  octahedron,
} as const;

const NAMES = Object.keys(SHAPES) as FootprintName[];

/** Elements at most `radius` away from the centre, in 2-D. Equals skimage.morphology.disk. */
export function disk(radius: number): Footprint {
  return within("disk", radius, 2, (offsets) => sum(offsets.map((d) => d * d)) <= radius * radius);
}

/** Elements at most `radius` away from the centre, in 3-D. Equals skimage.morphology.ball. */
export function ball(radius: number): Footprint {
  return within("ball", radius, 3, (offsets) => sum(offsets.map((d) => d * d)) <= radius * radius);
}

/** Elements at most `radius` steps along the axes away, in 2-D. Equals skimage.morphology.diamond. */
export function diamond(radius: number): Footprint {
  return within("diamond", radius, 2, (offsets) => sum(offsets.map(Math.abs)) <= radius);
}

/** Elements at most `radius` steps along the axes away, in 3-D. Equals skimage.morphology.octahedron. */
export function octahedron(radius: number): Footprint {
  return within("octahedron", radius, 3, (offsets) => sum(offsets.map(Math.abs)) <= radius);
}

/** All of `width` x `width` elements. Equals skimage.morphology.footprint_rectangle((width, width)). */
export function square(width: number): Footprint {
  checkSize("square", width, 1);
  return nest(box([width, width], () => true));
}

/** All of `width` x `width` x `width` elements. Equals skimage.morphology.footprint_rectangle. */
export function cube(width: number): Footprint {
  checkSize("cube", width, 1);
  return nest(box([width, width, width], () => true));
}

/**
 * The centre and its neighbours along at most `connectivity` axes at once, 3 elements wide. Equals
 * scipy.ndimage.generate_binary_structure.
 */
export function generateBinaryStructure(rank: number, connectivity: number): Footprint {
  checkSize("generateBinaryStructure", rank, 1);
  checkSize("generateBinaryStructure", connectivity, 0);
  return nest(structure(rank, connectivity));
}

/** The same as a mask, for any rank; a single element in 0-d. */
export function structure(rank: number, connectivity: number): Mask {
  return box(
    Array.from({ length: rank }, () => 3),
    (offsets) => sum(offsets.map(Math.abs)) <= connectivity,
  );
}

/** Reads a footprint as users write it. Throws INVALID_ARGS naming `parameter`. */
export function parseFootprint(input: unknown, parameter: string): Mask {
  if (typeof input === "string") {
    const match = /^\s*([a-z]+)\s*\(\s*(\d+)\s*\)\s*$/i.exec(input);
    if (!match) throw notAFootprint(input, parameter);
    return named(match[1]!, Number(match[2]), input, parameter);
  }
  if (Array.isArray(input)) return maskOf(input as Footprint, parameter);
  if (typeof input === "object" && input !== null) {
    const entries = Object.entries(input);
    if (entries.length !== 1) throw notAFootprint(input, parameter);
    return named(entries[0]![0], entries[0]![1], input, parameter);
  }
  throw notAFootprint(input, parameter);
}

function named(name: string, size: unknown, input: unknown, parameter: string): Mask {
  if (!NAMES.includes(name as FootprintName) || typeof size !== "number")
    throw notAFootprint(input, parameter);
  return maskOf(SHAPES[name as FootprintName](size), parameter);
}

function notAFootprint(input: unknown, parameter: string): LamellaError {
  return new LamellaError("INVALID_ARGS", `${parameter} ${JSON.stringify(input)} is not a footprint`, {
    hint: `Give one of ${NAMES.join(", ")} with its size, such as { disk: 3 } or "disk(3)", or nested lists of 0 and 1.`,
  });
}

function maskOf(footprint: Footprint, parameter: string): Mask {
  const shape: number[] = [];
  for (let level: unknown = footprint; Array.isArray(level); level = level[0]) shape.push(level.length);
  const on: boolean[] = [];
  const walk = (level: unknown, axis: number): void => {
    if (axis === shape.length) {
      if (level !== 0 && level !== 1 && typeof level !== "boolean") throw notAFootprint(footprint, parameter);
      on.push(Boolean(level));
      return;
    }
    if (!Array.isArray(level) || level.length !== shape[axis]) throw notAFootprint(footprint, parameter);
    for (const entry of level) walk(entry, axis + 1);
  };
  walk(footprint, 0);
  if (!on.includes(true)) {
    throw new LamellaError("INVALID_ARGS", `${parameter} has no element that is 1`, {
      hint: "A footprint needs at least one.",
    });
  }
  return { shape, on };
}

function within(name: string, radius: number, rank: number, has: (offsets: number[]) => boolean): Footprint {
  checkSize(name, radius, 0);
  return nest(
    box(
      Array.from({ length: rank }, () => 2 * radius + 1),
      has,
    ),
  );
}

/** A box whose elements are on where `has` says so of their offsets from the centre. */
function box(shape: readonly number[], has: (offsets: number[]) => boolean): Mask {
  let places: number[][] = [[]];
  for (const n of shape) {
    places = places.flatMap((place) => Array.from({ length: n }, (_, i) => [...place, i - (n >> 1)]));
  }
  return { shape, on: places.map(has) };
}

function nest({ shape, on }: Mask): Footprint {
  let level: (number | Footprint)[] = on.map(Number);
  for (let axis = shape.length - 1; axis > 0; axis--) {
    const n = shape[axis]!;
    level = Array.from({ length: level.length / n }, (_, i) => level.slice(i * n, (i + 1) * n));
  }
  return level;
}

function checkSize(name: string, size: number, least: number): void {
  if (Number.isInteger(size) && size >= least && size <= 1000) return;
  throw new LamellaError("INVALID_ARGS", `${name}(${size}): the size is a whole number, ${least} to 1000`, {
    hint: "It counts elements: a radius of 2 reaches two to each side.",
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
