import { bytes, short } from "../data/numbers.ts";
import type { PreviewControl, PreviewCost } from "./preview-api.ts";
import type { Preview } from "./use-preview.ts";

/** A slider for each number in the pipeline, what the whole would cost, and a way to keep the values. */
export function Controls({ preview }: { readonly preview: Preview }): React.ReactNode {
  const { document, values, cost, progress, message, isPending } = preview;
  const steps = [...new Set(document.controls.map(({ step }) => step))];
  return (
    <section aria-labelledby="pipeline">
      <h2 id="pipeline">{document.file.split("/").at(-1)}</h2>
      {steps.map((step) => (
        <fieldset key={step} className="step">
          <legend>{step}</legend>
          {document.controls
            .filter((control) => control.step === step)
            .map((control) => (
              <Control
                key={control.id}
                control={control}
                value={values[control.id]!}
                onChange={(value) => preview.setValue(control.id, value)}
              />
            ))}
        </fieldset>
      ))}
      {steps.length === 0 && <p className="muted">No number in it can be moved.</p>}
      <div className="buttons">
        <button
          type="button"
          disabled={!document.isChanged || !document.isWritable || isPending}
          onClick={preview.write}
        >
          Write these values to the file
        </button>
        <button
          type="button"
          className="quiet"
          disabled={!document.isChanged && !isPending}
          onClick={preview.reset}
        >
          Reset
        </button>
      </div>
      <div role="status" aria-live="polite">
        {progress && (
          <p className="progress">
            <progress max={progress.tasks} value={progress.done} aria-label={`computing ${progress.step}`} />
            <span>
              {progress.step}: {progress.done} of {progress.tasks}
            </span>
          </p>
        )}
        {message && <p className={message.isProblem ? "message problem" : "message"}>{message.text}</p>}
      </div>
      {cost && <Cost cost={cost} />}
    </section>
  );
}

interface ControlProps {
  readonly control: PreviewControl;
  readonly value: number;
  readonly onChange: (value: number) => void;
}

function Control({ control, value, onChange }: ControlProps): React.ReactNode {
  const { id, step, label, min, max, increment, valueInFile } = control;
  const name = `${step}: ${label}`;
  return (
    <div className="control">
      <span className="axis-name" title={control.param ? `params.${control.param}` : id}>
        {label}
        {value !== valueInFile && <i className="changed" aria-hidden="true" />}
      </span>
      <input
        type="range"
        aria-label={name}
        min={Math.min(min, value)}
        max={Math.max(max, value)}
        step={increment}
        value={value}
        onChange={(event) => onChange(Number(event.target.value))}
      />
      <input
        type="number"
        aria-label={`${name}, typed`}
        step={control.isInteger ? increment : "any"}
        value={value}
        onChange={(event) => event.target.value !== "" && onChange(Number(event.target.value))}
      />
    </div>
  );
}

/** What running the whole takes, by the plan's estimates. */
function Cost({ cost }: { readonly cost: PreviewCost }): React.ReactNode {
  const { workers, cpuSeconds, aws } = cost;
  return (
    <>
      <h3>Running the whole</h3>
      <dl className="facts">
        <dt>Here</dt>
        <dd>
          about {duration(cpuSeconds / Math.max(1, workers))} with{" "}
          {workers === 1 ? "a worker" : `${workers} workers`}
        </dd>
        <dt>On AWS</dt>
        <dd>
          {dollars(aws.usd)}, {duration(aws.seconds)} at least
        </dd>
        <dt>Tasks</dt>
        <dd>
          {cost.tasks} in {cost.stages === 1 ? "a stage" : `${cost.stages} stages`}
        </dd>
        <dt>Data</dt>
        <dd>
          {bytes(cost.bytesRead)} read, {bytes(cost.bytesWritten)} written
        </dd>
        <dt>Memory</dt>
        <dd>{Math.round(cost.projectedMiB)} MiB</dd>
      </dl>
    </>
  );
}

function duration(seconds: number): string {
  if (seconds < 1) return "a second";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${short(seconds / 3600)} h`;
}

function dollars(usd: number): string {
  return usd < 0.01 ? "under a cent" : `$${usd < 10 ? usd.toFixed(2) : short(usd)}`;
}
