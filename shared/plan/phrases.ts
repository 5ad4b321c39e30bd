/** Seconds in the reasons that a plan gives: two figures. */
export function seconds(n: number): string {
  return n >= 100 ? `${Math.round(n)} s` : `${Number(n.toPrecision(2))} s`;
}

/** A part of one as a percentage: two figures. */
export function share(part: number): string {
  return `${Number((100 * part).toPrecision(2))} %`;
}
