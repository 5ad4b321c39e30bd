import type { Dispatch } from "react";
import type { AxisDocument } from "../data/api.ts";
import { short, unitSymbol } from "../data/numbers.ts";
import { axisOf } from "../data/space.ts";
import type { Action, State } from "../state.ts";

/** Sliders through the planes and times of the first panel's image. */
export function Position({
  state,
  dispatch,
}: {
  readonly state: State;
  readonly dispatch: Dispatch<Action>;
}): React.ReactNode {
  const image = state.panels[0]?.image;
  if (!image) return null;
  const axes = (["z", "t"] as const).filter((name) => axisOf(image, name).length > 1);
  if (axes.length === 0) return null;
  return (
    <section aria-labelledby="position">
      <h2 id="position">Position</h2>
      {axes.map((name) => (
        <AxisSlider
          key={name}
          axis={axisOf(image, name)}
          label={name === "z" ? "Z" : "Time"}
          value={state[name]}
          onChange={(value) => dispatch({ kind: "set", change: { [name]: value } })}
        />
      ))}
    </section>
  );
}

interface AxisSliderProps {
  readonly axis: AxisDocument;
  readonly label: string;
  readonly value: number;
  readonly onChange: (value: number) => void;
}

function AxisSlider({ axis, label, value, onChange }: AxisSliderProps): React.ReactNode {
  const where = axis.unit
    ? `${short(axis.translation + value * axis.scale)} ${unitSymbol(axis.unit)}`
    : `of ${axis.length}`;
  return (
    <label className="axis">
      <span className="axis-name">{label}</span>
      <input
        type="range"
        min={0}
        max={axis.length - 1}
        step={1}
        value={value}
        aria-valuetext={`${value}, ${where}`}
        onChange={(event) => onChange(Number(event.target.value))}
      />
      <output>
        {value} <span className="muted">{where}</span>
      </output>
    </label>
  );
}
