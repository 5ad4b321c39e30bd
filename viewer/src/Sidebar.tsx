import type { Dispatch } from "react";
import type { Look } from "./data/space.ts";
import { About } from "./panels/About.tsx";
import { Channels } from "./panels/Channels.tsx";
import { Chunks } from "./panels/Chunks.tsx";
import { Labels } from "./panels/Labels.tsx";
import { Position } from "./panels/Position.tsx";
import type { Action, PanelState, State } from "./state.ts";

export interface SidebarProps {
  readonly state: State;
  readonly dispatch: Dispatch<Action>;
  readonly looks: readonly (Look | undefined)[];
}

/** What is shown and how, an image after the other. */
export function Sidebar({ state, dispatch, looks }: SidebarProps): React.ReactNode {
  const isPair = state.panels.length > 1;
  return (
    <aside className="sidebar" aria-label="Display">
      <Position state={state} dispatch={dispatch} />
      {state.panels.map((panel, i) => (
        <section key={panel.id} aria-label={panel.title}>
          {isPair && <h2>{panel.title}</h2>}
          <Choice panel={panel} index={i} dispatch={dispatch} />
          {panel.image && !panel.image.isLabels && (
            <>
              {isPair ? <h3>Channels</h3> : <h2>Channels</h2>}
              <Channels panel={panel} index={i} dispatch={dispatch} />
            </>
          )}
          <Labels panel={panel} index={i} dispatch={dispatch} />
          {panel.image && looks[i] && (
            <>
              <h3>Chunks</h3>
              <Chunks image={panel.image} zoom={looks[i].zoom} />
            </>
          )}
          {panel.image && (
            <>
              <h3>About</h3>
              <About image={panel.image} uri={panel.image.uri} />
            </>
          )}
        </section>
      ))}
    </aside>
  );
}

/** The field of a plate, the image of a series. */
function Choice({
  panel,
  index,
  dispatch,
}: {
  readonly panel: PanelState;
  readonly index: number;
  readonly dispatch: Dispatch<Action>;
}): React.ReactNode {
  const choices = panel.image?.choices ?? [];
  if (choices.length < 2) return null;
  return (
    <label className="choice">
      <span>Image</span>
      <select
        value={panel.image?.path}
        onChange={(event) => dispatch({ kind: "choose", panel: index, path: event.target.value })}
      >
        {choices.map(({ path, name }) => (
          <option key={path} value={path}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
