import type { ImageDocument } from "../data/api.ts";
import { short, unitSymbol } from "../data/numbers.ts";

/** What an image is and what made it: the facts at first sight, all of the metadata behind them. */
export function About({
  image,
  uri,
}: {
  readonly image: ImageDocument;
  readonly uri: string;
}): React.ReactNode {
  const stored = image.axes.filter((axis) => axis.stored);
  return (
    <>
      <dl className="facts">
        <dt>Place</dt>
        <dd className="breakable">{readable(uri)}</dd>
        <dt>Shape</dt>
        <dd>{stored.map(({ name, length }) => `${name} ${length}`).join(" · ")}</dd>
        <dt>Type</dt>
        <dd>{image.storedAs}</dd>
        <dt>Levels</dt>
        <dd>{image.levels.length}</dd>
        {stored.some(({ unit }) => unit) && (
          <>
            <dt>Spacing</dt>
            <dd>
              {stored
                .filter(({ unit }) => unit)
                .map(({ name, scale, unit }) => `${name} ${short(scale)} ${unitSymbol(unit)}`)
                .join(" · ")}
            </dd>
          </>
        )}
      </dl>
      {image.provenance !== undefined && <Provenance value={image.provenance} />}
      <details>
        <summary>Metadata</summary>
        <Json value={image.metadata} />
      </details>
    </>
  );
}

interface Made {
  readonly version?: string;
  readonly planHash?: string;
  readonly inputs?: readonly { readonly uri: string }[];
  readonly operations?: readonly { readonly [key: string]: unknown }[];
}

/** The steps that made it, in their order. */
function Provenance({ value }: { readonly value: unknown }): React.ReactNode {
  const { version, inputs = [], operations = [] } = value as Made;
  return (
    <details>
      <summary>Provenance</summary>
      <dl className="facts">
        {inputs.map(({ uri }) => (
          <div key={uri} className="fact">
            <dt>From</dt>
            <dd className="breakable">{readable(uri)}</dd>
          </div>
        ))}
        <dt>By</dt>
        <dd>Lamella {version}</dd>
      </dl>
      <ol className="steps">
        {operations.map((operation, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: steps have an order and may be alike
          <li key={i}>
            <strong>{String(operation["kernel"] ?? operation["op"] ?? operation["kind"] ?? "step")}</strong>{" "}
            <span className="muted">{argumentsOf(operation)}</span>
          </li>
        ))}
      </ol>
      <details>
        <summary>All of it</summary>
        <Json value={value} />
      </details>
    </details>
  );
}

function argumentsOf(operation: { readonly [key: string]: unknown }): string {
  const { args } = operation;
  if (typeof args !== "object" || args === null) return "";
  return Object.entries(args)
    .map(([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : String(value)}`)
    .join(", ");
}

function Json({ value }: { readonly value: unknown }): React.ReactNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keys too
    <pre className="json" tabIndex={0}>
      {JSON.stringify(value, null, 2)}
    </pre>
  );
}

/** A file's address as a path. */
export function readable(uri: string): string {
  try {
    return uri.startsWith("file://") ? decodeURIComponent(uri.slice("file://".length)) : uri;
  } catch {
    return uri;
  }
}
