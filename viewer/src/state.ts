import type { ApiError, ImageDocument, PanelDocument, Statistics } from "./data/api.ts";
import type { Place } from "./data/place.ts";
import { axisOf } from "./data/space.ts";

export interface ChannelState {
  readonly on: boolean;
  /** "#rrggbb", as an input of colours has it. */
  readonly color: string;
  readonly window: readonly [low: number, high: number];
  readonly statistics?: Statistics;
  /** Somebody has moved the window: it stays. */
  readonly isMoved?: boolean;
}

export interface LabelsState {
  readonly on: boolean;
  /** Of labels with several channels, the one that is laid over. */
  readonly channel: number;
  readonly opacity: number;
}

export interface PanelState extends PanelDocument {
  /** The image that is asked for, of those that the panel offers. */
  readonly path: string;
  readonly image?: ImageDocument;
  readonly error?: ApiError | Error;
  readonly channels: readonly ChannelState[];
  /** Of an image that is labels itself, the channel that is shown. */
  readonly labelChannel: number;
  /** Channels whose pixels are fetched: those that are on, and those that were. */
  readonly fetched: readonly number[];
  readonly labels: Readonly<Record<string, LabelsState>>;
}

export interface State {
  readonly panels: readonly PanelState[];
  /** Planes of the first panel's image. */
  readonly t: number;
  readonly z: number;
  readonly grid: boolean;
  readonly linked: boolean;
  /** The plane that the address names, until there is an image. */
  readonly asked: { readonly t?: number; readonly z?: number };
}

export type Action =
  | { readonly kind: "panels"; readonly panels: readonly (PanelDocument & { readonly path?: string })[] }
  | { readonly kind: "label-channel"; readonly panel: number; readonly c: number }
  | { readonly kind: "choose"; readonly panel: number; readonly path: string }
  | { readonly kind: "image"; readonly panel: number; readonly image: ImageDocument }
  | { readonly kind: "error"; readonly panel: number; readonly error: Error }
  | {
      readonly kind: "statistics";
      readonly panel: number;
      readonly c: number;
      readonly statistics: Statistics;
      readonly auto: boolean;
    }
  | {
      readonly kind: "channel";
      readonly panel: number;
      readonly c: number;
      readonly change: Partial<ChannelState>;
    }
  | {
      readonly kind: "labels";
      readonly panel: number;
      readonly name: string;
      readonly change: Partial<LabelsState>;
    }
  | { readonly kind: "set"; readonly change: Partial<Pick<State, "t" | "z" | "grid" | "linked">> };

/** Viv draws so many channels at once. */
export const MOST_CHANNELS = 10;

export function start(place: Place): State {
  const { t, z } = place;
  return {
    panels: [],
    t: 0,
    z: 0,
    grid: false,
    linked: true,
    asked: { ...(t === undefined ? {} : { t }), ...(z === undefined ? {} : { z }) },
  };
}

export function reduce(state: State, action: Action): State {
  switch (action.kind) {
    case "panels":
      return {
        ...state,
        panels: action.panels.map(({ path = "", ...panel }, i): PanelState => {
          const before = state.panels[i];
          // What was there is shown until what comes is there.
          if (before?.id === panel.id && before.title === panel.title)
            return { ...withoutError(before), path };
          return { ...panel, path, channels: [], labelChannel: 0, fetched: [], labels: {} };
        }),
      };
    case "choose":
      return at(state, action.panel, (panel) => ({ ...withoutError(panel), path: action.path }));
    case "image": {
      const { image } = action;
      const opened = at(state, action.panel, (panel) => openedPanel(panel, image));
      if (action.panel !== 0) return opened;
      const before = state.panels[0]?.channels.length ? state : state.asked;
      const cut = (index: number, axis: "t" | "z"): number => Math.min(index, axisOf(image, axis).length - 1);
      return { ...opened, asked: {}, t: cut(before.t ?? 0, "t"), z: cut(before.z ?? image.defaultZ, "z") };
    }
    case "error":
      return at(state, action.panel, (panel) => ({ ...panel, error: action.error }));
    case "statistics":
      return at(state, action.panel, (panel) =>
        changeChannel(panel, action.c, {
          statistics: action.statistics,
          ...(action.auto && !panel.channels[action.c]?.isMoved
            ? { window: autoWindow(action.statistics) }
            : {}),
        }),
      );
    case "channel": {
      const { change, c } = action;
      return at(state, action.panel, (panel) => {
        const changed = changeChannel(panel, c, change.window ? { ...change, isMoved: true } : change);
        return change.on ? { ...changed, fetched: withChannel(changed, c) } : changed;
      });
    }
    case "label-channel":
      return at(state, action.panel, (panel) => ({ ...panel, labelChannel: action.c }));
    case "labels":
      return at(state, action.panel, (panel) => ({
        ...panel,
        labels: { ...panel.labels, [action.name]: { ...panel.labels[action.name]!, ...action.change } },
      }));
    case "set":
      return { ...state, ...action.change };
  }
}

function at(state: State, index: number, change: (panel: PanelState) => PanelState): State {
  return { ...state, panels: state.panels.map((panel, i) => (i === index ? change(panel) : panel)) };
}

function changeChannel(panel: PanelState, c: number, change: Partial<ChannelState>): PanelState {
  return {
    ...panel,
    channels: panel.channels.map((channel, i) => (i === c ? { ...channel, ...change } : channel)),
  };
}

function withoutError({ error: _, ...panel }: PanelState): PanelState {
  return panel;
}

/** Of more than can be drawn, one that is off goes. */
function withChannel(panel: PanelState, c: number): readonly number[] {
  if (panel.fetched.includes(c)) return panel.fetched;
  const kept = [...panel.fetched];
  if (kept.length >= MOST_CHANNELS) {
    const off = kept.findIndex((each) => !panel.channels[each]?.on);
    if (off < 0) return panel.fetched;
    kept.splice(off, 1);
  }
  return [...kept, c];
}

function openedPanel(panel: PanelState, image: ImageDocument): PanelState {
  // The next field of a plate is looked at as the one before.
  const same = panel.channels.length === image.channels.length && panel.channels.length > 0;
  const channels = same
    ? panel.channels
    : image.channels.map(
        (channel, i): ChannelState => ({
          on:
            channel.active && image.channels.slice(0, i).filter((each) => each.active).length < MOST_CHANNELS,
          color: `#${channel.color.toLowerCase()}`,
          window: channel.window ?? (image.storedAs === "bool" ? [0, 1] : [0, 0]),
        }),
      );
  return {
    ...withoutError(panel),
    path: image.path,
    image,
    channels,
    fetched: same ? panel.fetched : channels.flatMap((channel, i) => (channel.on ? [i] : [])),
    labelChannel: Math.min(panel.labelChannel, Math.max(0, image.channels.length - 1)),
    labels: Object.fromEntries(
      image.labels.map(({ name, channelCount }, i) => {
        const { channel = 0, ...before } = panel.labels[name] ?? { on: i === 0, opacity: 0.5 };
        return [name, { ...before, channel: Math.min(channel, Math.max(0, channelCount - 1)) }];
      }),
    ),
  };
}

/** From dark to bright without the few outermost pixels. */
export function autoWindow({ low, high, min, max }: Statistics): [number, number] {
  if (high > low) return [low, high];
  return max > min ? [min, max] : [min, min + 1];
}

/** Whether a window that metadata give is only the range of the dtype, which says nothing of the image. */
export function saysNothing(image: ImageDocument, c: number): boolean {
  const window = image.channels[c]?.window;
  if (image.storedAs === "bool") return false;
  if (!window) return true;
  const isRgb = image.storedAs === "uint8" && image.channels.length === 3;
  const ranges: Record<string, readonly [number, number]> = {
    uint8: [0, 255],
    int8: [-128, 127],
    uint16: [0, 65535],
    int16: [-32768, 32767],
    uint32: [0, 4294967295],
    int32: [-2147483648, 2147483647],
    uint64: [0, 2 ** 64],
    int64: [-(2 ** 63), 2 ** 63],
    float16: [0, 1],
    float32: [0, 1],
    float64: [0, 1],
  };
  const range = ranges[image.storedAs];
  return !isRgb && range !== undefined && window[0] === range[0] && window[1] >= range[1] - 1e-9;
}
