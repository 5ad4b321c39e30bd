import type { ImageDocument } from "../data/api.ts";
import { short, unitSymbol } from "../data/numbers.ts";
import type { PanelState } from "../state.ts";
import type { ReadOut as Read } from "../use-read-out.ts";

export interface ReadOutProps {
  readonly panels: readonly PanelState[];
  readonly reads: readonly (Read | undefined)[];
}

/** The pixel under the cursor: indices, position, values. Spoken when it comes to rest. */
export function ReadOut({ panels, reads }: ReadOutProps): React.ReactNode {
  const first = reads.findIndex(Boolean);
  const image = panels[first]?.image;
  const read = reads[first];
  return (
    <footer className="read-out" role="status" aria-live="polite" aria-atomic="true" data-testid="read-out">
      {read && image ? (
        <>
          <span className="indices">{indices(image, read)}</span>
          <span className="position">{position(image, read)}</span>
          {panels.map((panel, i) => (
            <PanelValues key={panel.id} panel={panel} read={reads[i]} isNamed={panels.length > 1} />
          ))}
        </>
      ) : (
        <span className="muted">Point at the image, or move over it with the arrow keys.</span>
      )}
    </footer>
  );
}

interface PanelValuesProps {
  readonly panel: PanelState;
  readonly read: Read | undefined;
  readonly isNamed: boolean;
}

function PanelValues({ panel, read, isNamed }: PanelValuesProps): React.ReactNode {
  const { image } = panel;
  if (!read || !image) return null;
  const { values } = read;
  return (
    <span className="values">
      {isNamed && <span className="muted">{panel.title}</span>}
      {read.channels.map((c, i) => (
        <span key={c} className="value">
          <i className="swatch" style={{ background: panel.channels[c]?.color }} aria-hidden="true" />
          {image.isLabels ? "Label" : image.channels[c]?.name}{" "}
          <b>{values ? number(values.values[i]) : "…"}</b>
        </span>
      ))}
      {values &&
        Object.entries(values.labels).map(([name, label]) => (
          <span key={name} className="value">
            {name} <b>{String(label)}</b>
          </span>
        ))}
    </span>
  );
}

function number(value: number | string | undefined): string {
  return value === undefined ? "–" : typeof value === "number" ? String(Number(value.toPrecision(8))) : value;
}

function indices(image: ImageDocument, read: Read): string {
  const at = [read.t, undefined, read.z, read.y, read.x];
  return image.axes
    .flatMap((axis, i) => (axis.stored && at[i] !== undefined ? [`${axis.name} ${at[i]}`] : []))
    .join("  ");
}

function position(image: ImageDocument, read: Read): string {
  const [, , z, y, x] = image.axes;
  return (
    [
      [x!, read.x],
      [y!, read.y],
      [z!, read.z],
    ] as const
  )
    .filter(([axis]) => axis.stored && axis.unit)
    .map(([axis, index]) => `${short(axis.translation + index * axis.scale)} ${unitSymbol(axis.unit)}`)
    .join(", ");
}
