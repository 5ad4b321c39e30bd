import type { ImageDocument } from "../data/api.ts";
import { roundLength, short, unitSymbol } from "../data/numbers.ts";
import { axisOf, type Look } from "../data/space.ts";

const LONGEST = 150;

/** A round length of the image, as long as it is on the screen. */
export function ScaleBar({
  image,
  look,
}: {
  readonly image: ImageDocument;
  readonly look: Look;
}): React.ReactNode {
  const { scale, unit } = axisOf(image, "x");
  const spacing = unit ? scale : 1;
  if (!(spacing > 0)) return null;
  const perUnit = 2 ** look.zoom / spacing;
  const length = roundLength(LONGEST / perUnit);
  return (
    <div className="scale-bar">
      <span className="bar" style={{ width: length * perUnit }} aria-hidden="true" />
      <span>
        {short(length)} {unitSymbol(unit)}
      </span>
    </div>
  );
}
