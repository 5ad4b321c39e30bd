import { toUnit } from "../ngff/units.ts";
import { ngffUnit } from "./units.ts";
import type { XmlElement } from "./xml.ts";

/** What the Plane elements of an image say, as far as it is of all planes. */
export interface OmePlanes {
  /** Seconds from one time to the next, where the first planes of all times are evenly apart. */
  readonly timeIncrement?: number;
  /** Distance along Z from one plane to the next, where they are evenly apart. */
  readonly spacing?: { readonly value: number; readonly unit?: string };
  /** Where the stage stood for the first plane. */
  readonly position?: {
    readonly [axis in "x" | "y" | "z"]?: { readonly value: number; readonly unit?: string };
  };
}

/** Differences between neighbours may vary by this much of their mean: clocks and stages do. */
const EVEN = 0.01;

/** Collects what the planes of one Pixels element say, without keeping them. */
export class PlaneFacts {
  readonly #times = new Map<number, number>();
  readonly #heights = new Map<number, number>();
  #heightUnit: string | undefined;
  #position: OmePlanes["position"];

  add(plane: XmlElement): void {
    const at = (name: string) => Number(plane.attribute(name) ?? 0);
    const [t, c, z] = [at("TheT"), at("TheC"), at("TheZ")];
    if (c !== 0) return;
    if (z === 0) {
      const delta = quantity(plane, "DeltaT", "s");
      if (delta?.unit !== undefined) this.#times.set(t, toUnit(delta.value, delta.unit, "second"));
    }
    if (t !== 0) return;
    // Before 2015 positions had no units, and were read as the stage's own.
    const height = quantity(plane, "PositionZ", "reference frame");
    if (height) {
      this.#heights.set(z, height.value);
      this.#heightUnit = height.unit;
    }
    if (z !== 0) return;
    const x = quantity(plane, "PositionX", "reference frame");
    const y = quantity(plane, "PositionY", "reference frame");
    if (x || y || height)
      this.#position = { ...(x ? { x } : {}), ...(y ? { y } : {}), ...(height ? { z: height } : {}) };
  }

  /** Undefined where the planes say nothing. */
  result(sizeT: number, sizeZ: number): OmePlanes | undefined {
    const timeIncrement = evenStep(this.#times, sizeT);
    const spacing = evenStep(this.#heights, sizeZ);
    if (timeIncrement === undefined && spacing === undefined && !this.#position) return undefined;
    return {
      ...(timeIncrement === undefined || timeIncrement < 0 ? {} : { timeIncrement }),
      ...(spacing === undefined
        ? {}
        : {
            spacing: {
              value: Math.abs(spacing),
              ...(this.#heightUnit === undefined ? {} : { unit: this.#heightUnit }),
            },
          }),
      ...(this.#position ? { position: this.#position } : {}),
    };
  }
}

function quantity(
  element: XmlElement,
  name: string,
  otherwise: string,
): { readonly value: number; readonly unit?: string } | undefined {
  const text = element.attribute(name);
  const value = Number(text);
  if (text === undefined || text.trim() === "" || !Number.isFinite(value)) return undefined;
  const unit = ngffUnit(element.attribute(`${name}Unit`) ?? otherwise);
  return unit === undefined ? { value } : { value, unit };
}

/** The mean difference between neighbours of values at 0, 1, ..., `count` - 1, where all are there and it hardly varies. */
function evenStep(values: ReadonlyMap<number, number>, count: number): number | undefined {
  if (count < 2 || values.size !== count) return undefined;
  const first = values.get(0);
  const last = values.get(count - 1);
  if (first === undefined || last === undefined) return undefined;
  const step = (last - first) / (count - 1);
  if (step === 0) return undefined;
  for (let i = 1; i < count; i++) {
    const [before, value] = [values.get(i - 1), values.get(i)];
    if (before === undefined || value === undefined) return undefined;
    if (Math.abs(value - before - step) > EVEN * Math.abs(step)) return undefined;
  }
  // Fifteen digits, so that thirds of 0.3 are 0.1.
  return Number(step.toPrecision(12));
}
