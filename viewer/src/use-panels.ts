import { type Dispatch, useEffect, useRef } from "react";
import { getImage, getStatistics, getView } from "./data/api.ts";
import { axisOf, linkedIndex } from "./data/space.ts";
import { type Action, type PanelState, type State, saysNothing } from "./state.ts";

/** Asks the server for what the panels show: once, and again when another image is chosen. */
export function usePanels(
  state: State,
  dispatch: Dispatch<Action>,
  onFatal: (error: Error) => void,
  onPreview: () => void,
): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: once
  useEffect(() => {
    getView().then(({ panels, isPreview }) => {
      if (isPreview) onPreview();
      else dispatch({ kind: "panels", panels });
    }, onFatal);
  }, []);
  const wanted = state.panels.map(({ id, path, image, error }) =>
    error || (image && image.path === path) ? "" : `${id}\n${path}`,
  );
  const underWay = useRef<{ readonly what: string; readonly abort: AbortController }[]>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is wanted says when
  useEffect(() => {
    for (const gone of underWay.current.splice(state.panels.length)) gone.abort.abort();
    for (const [i, panel] of state.panels.entries()) {
      const what = wanted[i]!;
      // one image that has come leaves the others' requests alone
      if (underWay.current[i]?.what === what) continue;
      underWay.current[i]?.abort.abort();
      const abort = new AbortController();
      underWay.current[i] = { what, abort };
      if (what === "") continue;
      getImage(panel.id, panel.path, abort.signal).then(
        (image) => abort.signal.aborted || dispatch({ kind: "image", panel: i, image }),
        (error: Error) => abort.signal.aborted || dispatch({ kind: "error", panel: i, error }),
      );
    }
  }, [wanted.join("\n\n")]);
}

/** Statistics of each channel that is fetched and has none: the histogram, and a window where metadata give none. */
export function useStatistics(state: State, dispatch: Dispatch<Action>): void {
  const under = useRef(new Set<string>());
  const wanting = state.panels.map((panel) => `${panel.image?.path} ${wantingOf(panel)}`).join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is wanting says when
  useEffect(() => {
    for (const [i, panel] of state.panels.entries()) {
      const { image } = panel;
      if (!image) continue;
      for (const c of wantingOf(panel)) {
        const key = `${i} ${panel.id} ${image.path} ${c}`;
        if (under.current.has(key)) continue;
        under.current.add(key);
        getStatistics({ ...placeOf(state, i), panel: panel.id, path: image.path, c }).then(
          (statistics) =>
            dispatch({ kind: "statistics", panel: i, c, statistics, auto: saysNothing(image, c) }),
          () => {},
        );
      }
    }
  }, [wanting]);
}

function wantingOf({ image, fetched, channels }: PanelState): number[] {
  return image && !image.isLabels ? fetched.filter((c) => !channels[c]?.statistics) : [];
}

/** The plane of a panel's image that lies beside the first panel's. */
export function placeOf(state: State, panel: number): { t: number; z: number } {
  const [first, image] = [state.panels[0]?.image, state.panels[panel]?.image];
  if (!first || !image) return { t: state.t, z: state.z };
  return {
    t: linkedIndex(state.t, axisOf(first, "t"), axisOf(image, "t")),
    z: linkedIndex(state.z, axisOf(first, "z"), axisOf(image, "z")),
  };
}
