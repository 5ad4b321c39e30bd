import { useEffect, useReducer, useState } from "react";
import { readPlace, writePlace } from "./data/place.ts";
import { axisOf, type Look } from "./data/space.ts";
import { ImagePanel } from "./ImagePanel.tsx";
import { keyAction } from "./keys.ts";
import { ReadOut } from "./panels/ReadOut.tsx";
import { type Preview, usePreview } from "./preview/use-preview.ts";
import { useSteps } from "./preview/use-steps.ts";
import { Sidebar } from "./Sidebar.tsx";
import { reduce, type State, start } from "./state.ts";
import { useLooks } from "./use-looks.ts";
import { placeOf, usePanels, useStatistics } from "./use-panels.ts";
import { type Cursor, useReadOut } from "./use-read-out.ts";

/** The page: images side by side, what is shown of them at the right, the pixel under the pointer below. */
export function App(): React.ReactNode {
  const [place] = useState(() => readPlace(location.hash));
  const [state, dispatch] = useReducer(reduce, place, start);
  const [fatal, setFatal] = useState<Error>();
  const [cursor, setCursor] = useState<Cursor>();
  const isPair = state.panels.length > 1;
  const [isPreview, setIsPreview] = useState(false);
  usePanels(state, dispatch, setFatal, () => setIsPreview(true));
  const preview = usePreview(isPreview);
  const steps = useSteps(preview?.document, dispatch);
  useStatistics(state, dispatch);
  const images = state.panels.map(({ image }) => image);
  const { looks, setLook, setSize, fitAll } = useLooks(
    images,
    state.linked,
    // a first image that doesn't open would be waited for
    state.panels[0]?.error ? undefined : place.look,
  );
  const reads = useReadOut(state, cursor, isPreview ? looks : []);
  useAddress(looks[0], state);
  const title = isPair ? state.panels.map((panel) => panel.title).join(" · ") : images[0]?.name;
  useEffect(() => {
    document.title = title ? `${title} · Lamella` : "Lamella";
  }, [title]);

  if (fatal) {
    return (
      <main className="notice problem" role="alert">
        <h1>Lamella</h1>
        <p>{fatal.message}</p>
        <p className="muted">Is `lamella view` still running? Its address is a new one each time.</p>
      </main>
    );
  }
  return (
    <div className="page">
      <header>
        <h1>{title ?? "Lamella"}</h1>
        <div className="tools">
          {isPair && (
            <label className="switch">
              <input
                type="checkbox"
                checked={state.linked}
                onChange={(event) => dispatch({ kind: "set", change: { linked: event.target.checked } })}
              />
              <span>Linked views</span>
            </label>
          )}
          <label className="switch">
            <input
              type="checkbox"
              checked={state.grid}
              onChange={(event) => dispatch({ kind: "set", change: { grid: event.target.checked } })}
            />
            <span>Chunk grid</span>
          </label>
          <button type="button" onClick={fitAll}>
            Fit
          </button>
        </div>
      </header>
      <main className={isPair ? "images pair" : "images"} aria-label="Images">
        {state.panels.map((panel, i) => {
          const here = cursor?.panel === i ? cursor.point : undefined;
          const read = reads[i];
          return (
            <ImagePanel
              key={panel.id}
              panel={panel}
              place={placeOf(state, i)}
              look={looks[i]}
              grid={state.grid}
              isNamed={isPair}
              isApproximate={(level) => isApproximate(preview, panel.title, level)}
              cursor={here ?? (read && { x: read.x + 0.5, y: read.y + 0.5 })}
              showCursor={cursor !== undefined && (cursor.byKeys || cursor.panel !== i)}
              onLook={(look) => setLook(i, look)}
              onSize={(size) => setSize(i, size)}
              onPoint={(point, byKeys) => {
                if (point) setCursor({ panel: i, point, byKeys });
                else setCursor((before) => (before?.byKeys ? before : undefined));
              }}
              onKey={(event) => {
                const look = looks[i];
                const action = look && keyAction(event, look, here);
                if (!action) return;
                event.preventDefault();
                if (action.kind === "move") setCursor({ panel: i, point: action.point, byKeys: true });
                else if (action.kind === "zoom") setLook(i, action.look);
                else if (action.kind === "fit") fitAll();
                else if (images[0]) {
                  const last = axisOf(images[0], action.axis).length - 1;
                  const value = Math.min(last, Math.max(0, state[action.axis] + action.by));
                  dispatch({ kind: "set", change: { [action.axis]: value } });
                }
              }}
            />
          );
        })}
      </main>
      <Sidebar
        state={state}
        dispatch={dispatch}
        looks={looks}
        {...(preview ? { preview } : {})}
        steps={steps}
      />
      <ReadOut panels={state.panels} reads={reads} />
    </div>
  );
}

const SETTLED = 250;

/** Keeps the place that is looked at in the address. */
function useAddress(look: Look | undefined, { z, t, panels }: State): void {
  useEffect(() => {
    if (!look || !panels[0]?.image) return;
    const timer = setTimeout(() => history.replaceState(null, "", writePlace({ look, z, t })), SETTLED);
    return () => clearTimeout(timer);
  }, [look, z, t, panels]);
}

function isApproximate(preview: Preview | undefined, step: string, level: number): boolean {
  const found = preview?.document.steps.find(({ name }) => name === step);
  return found?.levels[level]?.approximate ?? false;
}
