import type { Dispatch } from "react";
import type { Action, PanelState } from "../state.ts";

export interface LabelsProps {
  readonly panel: PanelState;
  readonly index: number;
  readonly dispatch: Dispatch<Action>;
}

/** Which labels are laid over the image, and how strongly. */
export function Labels({ panel, index, dispatch }: LabelsProps): React.ReactNode {
  const { image, labels } = panel;
  if (!image || image.labels.length === 0) return null;
  return (
    <>
      <h3>Labels</h3>
      <ul className="channels">
        {image.labels.map(({ name }) => {
          const { on, opacity } = labels[name]!;
          return (
            <li key={name} className={on ? "channel" : "channel off"}>
              <label className="switch">
                <input
                  type="checkbox"
                  checked={on}
                  onChange={(event) =>
                    dispatch({ kind: "labels", panel: index, name, change: { on: event.target.checked } })
                  }
                />
                <span>{name}</span>
              </label>
              {on && (
                <label className="axis">
                  <span className="axis-name">Opacity</span>
                  <input
                    type="range"
                    min={0}
                    max={1}
                    step={0.01}
                    value={opacity}
                    aria-label={`${name}: opacity`}
                    aria-valuetext={`${Math.round(100 * opacity)} %`}
                    onChange={(event) =>
                      dispatch({
                        kind: "labels",
                        panel: index,
                        name,
                        change: { opacity: Number(event.target.value) },
                      })
                    }
                  />
                  <output>{Math.round(100 * opacity)} %</output>
                </label>
              )}
            </li>
          );
        })}
      </ul>
    </>
  );
}
