import type { Dispatch } from "react";
import type { Look } from "./data/space.ts";
import { About } from "./panels/About.tsx";
import { Channels } from "./panels/Channels.tsx";
import { Chunks } from "./panels/Chunks.tsx";
import { LabelChannel, Labels } from "./panels/Labels.tsx";
import { Position } from "./panels/Position.tsx";
import { Controls } from "./preview/Controls.tsx";
import type { PreviewStep } from "./preview/preview-api.ts";
import type { Preview } from "./preview/use-preview.ts";
import { drawable, type ShownSteps } from "./preview/use-steps.ts";
import type { Action, PanelState, State } from "./state.ts";

export interface SidebarProps {
  readonly state: State;
  readonly dispatch: Dispatch<Action>;
  readonly looks: readonly (Look | undefined)[];
  readonly preview?: Preview;
  readonly steps: ShownSteps;
}

/** What is shown and how, an image after the other. */
export function Sidebar({ state, dispatch, looks, preview, steps }: SidebarProps): React.ReactNode {
  const isPair = state.panels.length > 1;
  return (
    <aside className="sidebar" aria-label="Display">
      {preview && <Controls preview={preview} />}
      <Position state={state} dispatch={dispatch} />
      {state.panels.map((panel, i) => (
        <section key={panel.id} aria-label={panel.title}>
          {isPair && <h2>{panel.title}</h2>}
          {preview ? (
            <StepChoice
              steps={drawable(preview.document)}
              name={panel.title}
              onChange={(name) => steps.choose(i, name)}
            />
          ) : (
            <Choice panel={panel} index={i} dispatch={dispatch} />
          )}
          {panel.image && !panel.image.isLabels && (
            <>
              {isPair ? <h3>Channels</h3> : <h2>Channels</h2>}
              <Channels panel={panel} index={i} dispatch={dispatch} />
            </>
          )}
          {panel.image?.isLabels && panel.image.channels.length > 1 && (
            <LabelChannel
              name="Channel of the labels"
              count={panel.image.channels.length}
              names={panel.image.channels}
              value={panel.labelChannel}
              onChange={(c) => dispatch({ kind: "label-channel", panel: i, c })}
            />
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
              <About image={panel.image} uri={preview ? panel.uri : panel.image.uri} />
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

interface StepChoiceProps {
  readonly steps: readonly PreviewStep[];
  readonly name: string;
  readonly onChange: (name: string) => void;
}

/** Which step of the pipeline a panel shows. */
function StepChoice({ steps, name, onChange }: StepChoiceProps): React.ReactNode {
  return (
    <label className="choice">
      <span>Step</span>
      <select value={name} onChange={(event) => onChange(event.target.value)}>
        {steps.map((step) => (
          <option key={step.name} value={step.name}>
            {step.name} {step.kind === "input" ? "(input)" : `(${step.kernel ?? step.op ?? "step"})`}
          </option>
        ))}
      </select>
    </label>
  );
}
