import { type Dispatch, useEffect, useState } from "react";
import type { Action } from "../state.ts";
import type { PreviewDocument, PreviewStep } from "./preview-api.ts";

/** Which steps are shown: by default the first input, and the last output that is an image. */
export interface ShownSteps {
  readonly names: readonly string[];
  readonly choose: (panel: number, name: string) => void;
}

export function drawable(document: PreviewDocument): PreviewStep[] {
  return document.steps.filter(({ zarr }) => zarr !== undefined);
}

/** The address of the panels that show steps. */
export const STEP_PANEL = "step";

/** Panels of steps, each at the address that its step has in the revision at work. */
export function useSteps(document: PreviewDocument | undefined, dispatch: Dispatch<Action>): ShownSteps {
  const [chosen, setChosen] = useState<readonly (string | undefined)[]>([]);
  const names = document ? shownOf(document, chosen) : [];
  const places = names.map((name) => document?.steps.find((step) => step.name === name)?.zarr ?? "");
  const key = places.join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the places say when
  useEffect(() => {
    if (!document || places.length === 0) return;
    dispatch({
      kind: "panels",
      panels: names.map((name, i) => ({
        id: `${STEP_PANEL}-${i}`,
        title: name,
        uri: document.file,
        path: places[i]!,
      })),
    });
  }, [key, dispatch]);
  return {
    names,
    choose: (panel, name) => setChosen((before) => Object.assign([...before], { [panel]: name })),
  };
}

function shownOf(document: PreviewDocument, chosen: readonly (string | undefined)[]): string[] {
  const steps = drawable(document);
  const first = steps.find(({ kind }) => kind === "input") ?? steps[0];
  const last = steps.findLast(({ isOutput }) => isOutput) ?? steps.at(-1);
  return [first, last].flatMap((step, i) => {
    const name = steps.some((each) => each.name === chosen[i]) ? chosen[i] : step?.name;
    return name === undefined ? [] : [name];
  });
}
