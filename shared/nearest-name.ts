/**
 * The known name that a misspelt one most likely meant: fewest single-letter edits, letter case aside; undefined
 * where none is near (more than a third of the letters, and at least two, would have to change).
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  // Of a name of one or two letters, two edits would leave nothing.
  let fewest = Math.min(Math.max(2, Math.floor(name.length / 3)), Math.max(1, name.length - 1)) + 1;
  for (const candidate of known) {
    const edits = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (edits < fewest) {
      fewest = edits;
      best = candidate;
    }
  }
  return best;
}

/** A hint: the nearest name, or all of them. */
export function hintOfNames(name: string, known: Iterable<string>): string {
  const names = [...known];
  if (names.length === 0) return "There are none.";
  const nearest = name.length < 2 ? undefined : nearestName(name, names);
  return nearest === undefined ? `Known: ${names.join(", ")}.` : `Did you mean "${nearest}"?`;
}

/** Levenshtein's distance; a swap of two neighbouring letters counts as one edit. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let edits = Math.min(previous[j]! + 1, row[j - 1]! + 1, substitution);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        edits = Math.min(edits, before[j - 2]! + 1);
      row.push(edits);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length]!;
}
