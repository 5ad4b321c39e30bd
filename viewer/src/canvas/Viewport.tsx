import { Deck, type Layer, OrthographicView } from "@deck.gl/core";
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import type { Look, Size } from "../data/space.ts";
import { toImage, toPanel } from "../data/space.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface ViewportProps {
  readonly name: string;
  readonly look: Look | undefined;
  readonly cursor: Point | undefined;
  /** By keys; the pointer has its own mark. */
  readonly showCursor: boolean;
  readonly layers: (look: Look, size: Size) => readonly Layer[];
  readonly onLook: (look: Look, size: Size) => void;
  readonly onSize: (size: Size) => void;
  readonly onPoint: (point: Point | undefined, byKeys: boolean) => void;
  readonly onKey: (event: KeyboardEvent, size: Size) => void;
  /** Nothing can be drawn: there is no WebGL 2, or it failed. */
  readonly onError: (error: Error) => void;
  readonly children?: React.ReactNode;
}

const VIEW = new OrthographicView({
  id: "image",
  flipY: true,
  controller: { inertia: false, keyboard: false },
});
const ZOOMS = { minZoom: -20, maxZoom: 7 };

function drawsWebGl(): boolean {
  const context = document.createElement("canvas").getContext("webgl2");
  // A page may have only some of them.
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return context !== null;
}

/** A panel that an image is drawn in: pans, zooms, and says over which pixel the pointer is. */
export function Viewport(props: ViewportProps): React.ReactNode {
  const { name, look, layers, cursor, showCursor } = props;
  const frame = useRef<HTMLDivElement>(null);
  const deck = useRef<Deck<OrthographicView> | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const [size, setSize] = useState<Size>();
  const sized = useRef<Size>(undefined);
  sized.current = size;

  useEffect(() => {
    const element = frame.current!;
    const observer = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = element;
      if (width === 0 || height === 0) return;
      setSize({ width, height });
      latest.current.onSize({ width, height });
    });
    observer.observe(element);
    if (!drawsWebGl()) {
      latest.current.onError(
        new Error(
          "This browser draws no WebGL 2, which images are shown with. Switch hardware acceleration on, or take another browser.",
        ),
      );
      return () => observer.disconnect();
    }
    const made = new Deck({
      parent: element,
      views: VIEW,
      useDevicePixels: true,
      deviceProps: { type: "webgl", webgl: { antialias: false, preserveDrawingBuffer: false } },
      initialViewState: { target: [0, 0, 0], zoom: 0, ...ZOOMS },
      parameters: { depthCompare: "always", blend: true },
      onError: (error) => latest.current.onError(error),
      getCursor: ({ isDragging }) => (isDragging ? "grabbing" : "crosshair"),
      onViewStateChange: ({ viewState }) => {
        const { target, zoom } = viewState as { target: number[]; zoom: number };
        // At once, for the end of a drag begins from what is set here: before React has rendered its last move that would take it back.
        made.setProps({ viewState: { target: [target[0]!, target[1]!, 0], zoom, ...ZOOMS } });
        if (sized.current) latest.current.onLook({ x: target[0]!, y: target[1]!, zoom }, sized.current);
      },
    });
    deck.current = made;
    return () => {
      observer.disconnect();
      made.finalize();
      deck.current = null;
    };
  }, []);

  useEffect(() => {
    if (!look || !size) return;
    deck.current?.setProps({
      viewState: { target: [look.x, look.y, 0], zoom: look.zoom, ...ZOOMS },
      layers: [...layers(look, size)],
    });
  }, [look, size, layers]);

  const onPointerMove = (event: PointerEvent): void => {
    if (!look || !size || !frame.current) return;
    const box = frame.current.getBoundingClientRect();
    props.onPoint(toImage(look, size, event.clientX - box.left, event.clientY - box.top), false);
  };
  const at = cursor && look && size ? toPanel(look, size, cursor.x, cursor.y) : undefined;
  const isInside = at && size && at.left >= 0 && at.top >= 0 && at.left < size.width && at.top < size.height;

  return (
    <div className="viewport">
      <div
        ref={frame}
        className="canvas"
        role="application"
        aria-roledescription="image viewer"
        aria-label={`${name}: arrow keys move over pixels, plus and minus zoom, 0 fits the image`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys move a cross over the image
        tabIndex={0}
        onPointerMove={onPointerMove}
        onPointerLeave={() => props.onPoint(undefined, false)}
        onKeyDown={(event) => size && props.onKey(event, size)}
        onContextMenu={(event) => event.preventDefault()}
      />
      {isInside && showCursor && (
        <div className="cross" style={{ left: at.left, top: at.top }} aria-hidden="true" />
      )}
      {props.children}
    </div>
  );
}
