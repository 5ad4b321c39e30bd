/** What one look found. `warn`: something will be slower, or not there; `fail`: Lamella won't work as it should. */
export interface Check {
  readonly name: string;
  readonly state: "ok" | "warn" | "fail";
  readonly found: string;
  /** What to do, of anything that isn't ok. */
  readonly hint?: string;
}

export function ok(name: string, found: string): Check {
  return { name, state: "ok", found };
}

export function warn(name: string, found: string, hint: string): Check {
  return { name, state: "warn", found, hint };
}

export function fail(name: string, found: string, hint: string): Check {
  return { name, state: "fail", found, hint };
}
