/** What became of one file of the reference data, as manifest-results.json keeps it. */
export interface SurveyResult {
  readonly file: string;
  readonly compression: string;
  readonly photometric: string;
  readonly bits: string;
  /** Who decodes it: "tifffile", "Bio-Formats", both or nobody. */
  readonly decodedBy: readonly string[];
  /** Whose pixels the conversion's are, or that it has no reference, or was refused. */
  readonly outcome: "equal" | "differs" | "no reference" | "refused";
  readonly equalTo?: string;
  readonly code?: string;
  readonly reason?: string;
}

/** What became of one damaged file, as malformed-results.json keeps it. */
export interface DamageResult {
  readonly file: string;
  readonly outcome: "equal pixels" | "pixels; tifffile decodes none" | "refused";
  readonly code?: string;
  readonly reason?: string;
}

/** One result a line. */
export function resultLines(results: readonly (SurveyResult | DamageResult)[]): string {
  return `[\n${results.map((result) => JSON.stringify(result)).join(",\n")}\n]\n`;
}
