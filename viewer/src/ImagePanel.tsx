import type { Layer } from "@deck.gl/core";
import { type KeyboardEvent, useCallback, useEffect, useMemo, useState } from "react";
import { gridLayers, levelAt } from "./canvas/grid-layer.ts";
import { imageLayer } from "./canvas/image-layer.ts";
import { labelsLayer } from "./canvas/labels-layer.ts";
import { pixelSources } from "./canvas/pixel-source.ts";
import { type Point, Viewport } from "./canvas/Viewport.tsx";
import type { ImageDocument } from "./data/api.ts";
import { isTooMuch } from "./data/cost.ts";
import { paletteOf } from "./data/label-color.ts";
import type { Look, Size } from "./data/space.ts";
import { skipping, TooMuch, useIsReading } from "./panels/Far.tsx";
import { ScaleBar } from "./panels/ScaleBar.tsx";
import type { PanelState } from "./state.ts";

export interface ImagePanelProps {
  readonly panel: PanelState;
  readonly place: { readonly t: number; readonly z: number };
  readonly look: Look | undefined;
  readonly grid: boolean;
  readonly isNamed: boolean;
  /** Whether the pixels of a level are only near what a run gives. */
  readonly isApproximate: (level: number) => boolean;
  readonly cursor: Point | undefined;
  readonly showCursor: boolean;
  readonly onLook: (look: Look, size: Size) => void;
  readonly onSize: (size: Size) => void;
  readonly onPoint: (point: Point | undefined, byKeys: boolean) => void;
  readonly onKey: (event: KeyboardEvent, size: Size) => void;
}

/** An image in its viewport: pixels, labels, grid, scale bar. */
export function ImagePanel(props: ImagePanelProps): React.ReactNode {
  const { panel, place, look, grid } = props;
  const { image, error, channels, fetched, labels } = panel;
  const [failure, setFailure] = useState<Error>();
  const [broken, setBroken] = useState<Error>();
  const [size, setSize] = useState<Size>();
  const [isAllowed, setIsAllowed] = useState(false);
  const isReading = useIsReading(panel.id);
  const { t, z } = place;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another image has other problems
  useEffect(() => {
    setFailure(undefined);
    setIsAllowed(false);
  }, [image]);
  const empty = image?.axes.some(({ length }) => length === 0) ?? false;
  const sources = useMemo(
    () => (image && !image.isLabels ? pixelSources(panel.id, image, setFailure) : undefined),
    [panel.id, image],
  );
  const selections = useMemo(() => fetched.map((c) => ({ t, c, z })), [fetched, t, z]);
  const palettes = useMemo(
    () => new Map([["", paletteOf(image?.colors ?? [])], ...(image?.labels ?? []).map(paletteByName)]),
    [image],
  );
  const layers = useCallback(
    (look: Look, size: Size): Layer[] => {
      if (!image || empty || (!isAllowed && isTooMuch(image, look, size))) return [];
      const made: Layer[] = [];
      const common = { panel: panel.id, path: image.path, t, c: panel.labelChannel, z };
      const { tile } = image;
      if (sources && selections.length > 0) {
        const drawn = selections.map((selection) => {
          const { color, window, on } = channels[selection.c]!;
          const inverted = image.channels[selection.c]!.inverted;
          return {
            selection,
            color: rgbOf(color),
            window: inverted ? ([window[1], window[0]] as const) : window,
            on,
          };
        });
        made.push(imageLayer(`pixels-${shapeOf(image)}`, sources, drawn, selections, look.zoom));
      }
      if (image.isLabels) {
        const options = { zooms: image.zooms, factor: 1, tile, palette: palettes.get("")!, opacity: 1 };
        made.push(
          labelsLayer({ id: `itself-${shapeOf(image)}`, query: common, ...options, onError: setFailure }),
        );
      }
      for (const { name, zooms, factor } of image.labels) {
        const { on, opacity, channel } = labels[name]!;
        if (!on) continue;
        const options = { zooms, factor, tile, palette: palettes.get(name)!, opacity };
        const query = { ...common, labels: name, c: channel };
        made.push(
          labelsLayer({ id: `labels-${shapeOf(image)}-${name}`, query, ...options, onError: setFailure }),
        );
      }
      if (grid) made.push(...gridLayers("grid", image, look, size));
      return made;
    },
    [
      image,
      empty,
      isAllowed,
      sources,
      selections,
      channels,
      labels,
      palettes,
      grid,
      panel.id,
      panel.labelChannel,
      t,
      z,
    ],
  );
  const problem = error ?? broken ?? failure;
  const asks = image && look && size && !isAllowed && isTooMuch(image, look, size);
  const skipped = image && look && skipping(image, look.zoom);
  const badges =
    image && look && !empty && !asks
      ? [
          ...(props.isApproximate(levelAt(image, look.zoom).index) ? ["approximate at this zoom"] : []),
          ...(skipped === undefined ? [] : [skipped]),
          ...(isReading ? ["reading…"] : []),
        ]
      : [];
  return (
    <Viewport
      name={panel.title}
      look={look}
      layers={layers}
      cursor={props.cursor}
      showCursor={props.showCursor}
      onLook={props.onLook}
      onSize={(size) => {
        setSize(size);
        props.onSize(size);
      }}
      onError={setBroken}
      onPoint={props.onPoint}
      onKey={props.onKey}
    >
      {props.isNamed && (
        <div className="caption">
          <strong>{panel.title}</strong>{" "}
          {image && image.name !== panel.title && <span className="muted">{image.name}</span>}
        </div>
      )}
      {badges.length > 0 && <div className="badge">{badges.join(" · ")}</div>}
      {asks && !problem && (
        <TooMuch
          image={image}
          look={look}
          size={size}
          onLook={(look) => props.onLook(look, size)}
          onRead={() => setIsAllowed(true)}
        />
      )}
      {image && empty && !problem && (
        <div className="notice" role="status">
          <p>This image is empty: it has no pixel to show.</p>
        </div>
      )}
      {image && look && <ScaleBar image={image} look={look} />}
      {!image && !problem && <div className="notice">Opening…</div>}
      {problem && (
        <div className="notice problem" role="alert">
          <p>{problem.message}</p>
          {"hint" in problem && typeof problem.hint === "string" && <p className="muted">{problem.hint}</p>}
        </div>
      )}
    </Viewport>
  );
}

function paletteByName({ name, colors }: { name: string; colors: Parameters<typeof paletteOf>[0] }) {
  return [name, paletteOf(colors)] as const;
}

function rgbOf(color: string): [number, number, number] {
  const value = Number.parseInt(color.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** A layer of the same shape takes the next revision's pixels, and shows the last one's till they come. */
function shapeOf(image: ImageDocument): string {
  return `${image.dtype}-${image.levels[0]!.shape.join("-")}`;
}
