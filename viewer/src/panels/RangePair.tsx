import { short } from "../data/numbers.ts";

export interface RangePairProps {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly value: readonly [number, number];
  readonly histogram?: readonly number[];
  readonly color: string;
  readonly onChange: (value: [number, number]) => void;
}

/** Two sliders on one track, over a histogram: the dark and the bright end of a window. */
export function RangePair(props: RangePairProps): React.ReactNode {
  const { name, min, max, step, value, histogram, color, onChange } = props;
  const [low, high] = value;
  const share = (at: number): number => (max > min ? (100 * (at - min)) / (max - min) : 0);
  const style = {
    "--low": `${share(low)}%`,
    "--high": `${share(high)}%`,
    "--color": color,
  } as React.CSSProperties;
  return (
    <div className="range-pair" style={style}>
      {histogram && <Histogram counts={histogram} color={color} />}
      <div className="track" aria-hidden="true" />
      <input
        type="range"
        aria-label={`${name}, dark end`}
        aria-valuetext={short(low)}
        {...{ min, max, step }}
        value={low}
        onChange={(event) => onChange([Math.min(Number(event.target.value), high), high])}
      />
      <input
        type="range"
        aria-label={`${name}, bright end`}
        aria-valuetext={short(high)}
        {...{ min, max, step }}
        value={high}
        onChange={(event) => onChange([low, Math.max(Number(event.target.value), low)])}
      />
    </div>
  );
}

/** Heights by logarithm: few bright pixels matter. */
function Histogram({
  counts,
  color,
}: {
  readonly counts: readonly number[];
  readonly color: string;
}): React.ReactNode {
  const most = Math.log1p(Math.max(...counts));
  const points = counts.map((count, i) => {
    const height = most > 0 ? (28 * Math.log1p(count)) / most : 0;
    return `${(200 * (i + 0.5)) / counts.length},${30 - height}`;
  });
  return (
    <svg className="histogram" viewBox="0 0 200 30" preserveAspectRatio="none" aria-hidden="true">
      <polygon points={`0,30 ${points.join(" ")} 200,30`} fill={color} />
    </svg>
  );
}
