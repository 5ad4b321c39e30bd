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
        {image.labels.map(({ name, channelCount }) => {
          const { on, opacity, channel } = labels[name]!;
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
              {on && channelCount > 1 && (
                <LabelChannel
                  name={`${name}: channel`}
                  count={channelCount}
                  names={channelCount === image.channels.length ? image.channels : []}
                  value={channel}
                  onChange={(channel) =>
                    dispatch({ kind: "labels", panel: index, name, change: { channel } })
                  }
                />
              )}
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

export interface LabelChannelProps {
  readonly name: string;
  readonly count: number;
  /** Of the channels, where they have any. */
  readonly names: readonly { readonly name: string }[];
  readonly value: number;
  readonly onChange: (value: number) => void;
}

/** Labels are drawn of a channel at a time: two would hide each other. */
export function LabelChannel({ name, count, names, value, onChange }: LabelChannelProps): React.ReactNode {
  return (
    <label className="choice">
      <span>Channel</span>
      <select aria-label={name} value={value} onChange={(event) => onChange(Number(event.target.value))}>
        {Array.from({ length: count }, (_, c) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a channel is its number
          <option key={c} value={c}>
            {names[c]?.name ?? `Channel ${c}`}
          </option>
        ))}
      </select>
    </label>
  );
}
