/** A colour for each stage of a plan: hues that follow each other are far apart, all equally light. */
export function stageColour(stage: number): string {
  const hue = (255 + stage * 137.508) % 360;
  return `oklch(0.68 0.125 ${hue.toFixed(1)})`;
}

/** Viridis at nine places (van der Walt and Smith, CC0): equal steps look equal, in grey and to the colour-blind too. */
const VIRIDIS = [
  [68, 1, 84],
  [71, 44, 122],
  [59, 81, 139],
  [44, 113, 142],
  [33, 144, 141],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
] as const;

/** A share from 0 to 1 as a colour. */
export function heatColour(share: number): string {
  const at = Math.max(0, Math.min(1, share)) * (VIRIDIS.length - 1);
  const i = Math.min(VIRIDIS.length - 2, Math.floor(at));
  const [a, b] = [VIRIDIS[i]!, VIRIDIS[i + 1]!];
  const mixed = a.map((value, channel) => Math.round(value + (b[channel]! - value) * (at - i)));
  return `rgb(${mixed.join(" ")})`;
}

export const HEAT_GRADIENT = `linear-gradient(to right, ${VIRIDIS.map((rgb) => `rgb(${rgb.join(" ")})`).join(", ")})`;
