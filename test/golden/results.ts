/** What a golden operation gave, as test/golden/results.json keeps it. */
export interface GoldenResult {
  readonly id: string;
  readonly op: string;
  /** Whose result it is compared with. */
  readonly reference: string;
  /** How it is called by lazy arrays. */
  readonly call: string;
  /** Whether a pipeline document can say it, and gave the same. */
  readonly pipeline: boolean;
  readonly matches: boolean;
  /** The largest difference; of labels, how many elements belong to another object. */
  readonly error: number;
  /** How many elements differ by more than the tolerance. */
  readonly beyond: number;
  readonly tolerance: string;
}
