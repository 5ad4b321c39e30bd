import type { Dispatch } from "react";
import type { ImageDocument } from "../data/api.ts";
import { short } from "../data/numbers.ts";
import { type Action, autoWindow, type ChannelState, MOST_CHANNELS, type PanelState } from "../state.ts";
import { RangePair } from "./RangePair.tsx";

export interface ChannelsProps {
  readonly panel: PanelState;
  readonly index: number;
  readonly dispatch: Dispatch<Action>;
}

/** Colour, window and switch of each channel. */
export function Channels({ panel, index, dispatch }: ChannelsProps): React.ReactNode {
  const { image, channels } = panel;
  if (!image || image.isLabels) return null;
  const isFull = channels.filter(({ on }) => on).length >= MOST_CHANNELS;
  return (
    <ul className="channels">
      {channels.map((channel, c) => {
        const name = image.channels[c]!.name;
        const change = (change: Partial<ChannelState>): void =>
          dispatch({ kind: "channel", panel: index, c, change });
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a channel is its number
          <li key={c} className={channel.on ? "channel" : "channel off"}>
            <div className="row">
              <label className="switch">
                <input
                  type="checkbox"
                  checked={channel.on}
                  disabled={!channel.on && isFull}
                  onChange={(event) => change({ on: event.target.checked })}
                />
                <span title={name}>{name}</span>
              </label>
              <span className="window">
                {short(channel.window[0])} – {short(channel.window[1])}
              </span>
              <button
                type="button"
                className="quiet"
                aria-label={`Auto: window of ${name} from the image`}
                disabled={!channel.statistics}
                onClick={() => channel.statistics && change({ window: autoWindow(channel.statistics) })}
              >
                Auto
              </button>
              <input
                type="color"
                aria-label={`${name}: colour`}
                value={channel.color}
                onChange={(event) => change({ color: event.target.value })}
              />
            </div>
            {channel.on && (
              <RangePair
                name={`${name} window`}
                {...rangeOf(image, channel)}
                value={channel.window}
                color={readable(channel.color)}
                {...(channel.statistics && channel.statistics.max > channel.statistics.min
                  ? { histogram: channel.statistics.histogram }
                  : {})}
                onChange={(window) => change({ window })}
              />
            )}
          </li>
        );
      })}
    </ul>
  );
}

function rangeOf(
  image: ImageDocument,
  { statistics, window }: ChannelState,
): { min: number; max: number; step: number } {
  const min = Math.min(statistics?.min ?? window[0], window[0]);
  const max = Math.max(statistics?.max ?? window[1], window[1]);
  const span = max - min || 1;
  const isWhole = /int|bool/.test(image.storedAs);
  return { min, max: min + span, step: isWhole ? Math.max(1, Math.floor(span / 4096)) : span / 1000 };
}

/** Black channels have a track, too. */
function readable(color: string): string {
  return /^#([0-3].){3}$/.test(color) ? "#8a939c" : color;
}
