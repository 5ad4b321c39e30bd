import { levelAt } from "../canvas/grid-layer.ts";
import type { ImageDocument } from "../data/api.ts";
import { bytes } from "../data/numbers.ts";

/** What is read at this zoom: the level, and how large its chunks and shards are. */
export function Chunks({
  image,
  zoom,
}: {
  readonly image: ImageDocument;
  readonly zoom: number;
}): React.ReactNode {
  const { level, index, zoom: k } = levelAt(image, zoom);
  const size = (shape: readonly number[]): string =>
    bytes(shape.reduce((product, n) => product * n, 1) * level.itemBytes);
  const stored = image.axes.flatMap((axis, i) => (axis.stored ? [i] : []));
  const shapeOf = (shape: readonly number[]): string => stored.map((i) => shape[i]).join(" × ");
  const stretch = image.zooms[k]!;
  return (
    <dl className="facts">
      <dt>Level</dt>
      <dd>
        {index} of {image.levels.length}, {shapeOf(level.shape)}
        {stretch.exact ? "" : ", nearest pixels"}
      </dd>
      {image.makeLevels !== undefined && (
        <>
          <dt>More levels</dt>
          <dd>
            <code className="breakable">{image.makeLevels}</code>
          </dd>
        </>
      )}
      <dt>
        <i className="swatch chunk" aria-hidden="true" /> Chunk
      </dt>
      <dd>
        {shapeOf(level.chunks)} · {size(level.chunks)}
      </dd>
      {level.shards && (
        <>
          <dt>
            <i className="swatch shard" aria-hidden="true" /> Shard
          </dt>
          <dd>
            {shapeOf(level.shards)} · {size(level.shards)}
          </dd>
        </>
      )}
    </dl>
  );
}
