const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const NARROWEST = /^[\p{Mark}\u200b-\u200f\ufeff]+$/u;
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Names come from users: what would move the cursor or colour the terminal goes. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, " ");
}

/** Columns that a text without control characters takes on a terminal. */
export function widthOf(text: string): number {
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += widthOfGrapheme(segment);
  return width;
}

function widthOfGrapheme(grapheme: string): number {
  if (NARROWEST.test(grapheme)) return 0;
  return WIDE.test(grapheme) ? 2 : 1;
}

/** A text of exactly so many columns: with spaces behind, or cut in the middle, where names that look alike differ least. */
export function fitted(text: string, columns: number): string {
  const width = widthOf(text);
  if (width <= columns) return text + " ".repeat(columns - width);
  if (columns < 1) return "";
  const head = taken(text, Math.ceil((columns - 1) / 2));
  const all = [...graphemes.segment(text)].map(({ segment }) => segment);
  let tail = "";
  for (const grapheme of all.reverse()) {
    if (widthOf(head) + 1 + widthOf(grapheme + tail) > columns) break;
    tail = grapheme + tail;
  }
  const cut = `${head}…${tail}`;
  return cut + " ".repeat(columns - widthOf(cut));
}

/** As much of a text as fits. */
export function taken(text: string, columns: number): string {
  let head = "";
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += widthOfGrapheme(segment);
    if (width > columns) break;
    head += segment;
  }
  return head;
}
