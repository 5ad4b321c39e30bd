import { LamellaError } from "../shared/errors.ts";

/** What one option asks of another, written as on the command line without dashes: `convert`, or `on aws`. */
export interface FlagRule {
  readonly flag: string;
  /** Without this, `flag` would be ignored. */
  readonly needs?: string;
  /** With this, `flag` would be ignored. */
  readonly excludes?: string;
  readonly hint: string;
}

/**
 * Checks what was given on the command line against rules, in their order. `flags` are commander's, by camel-cased
 * name. Throws INVALID_ARGUMENT.
 */
export function checkFlags(flags: object, rules: readonly FlagRule[]): void {
  for (const { flag, needs, excludes, hint } of rules) {
    if (!isGiven(flags, flag)) continue;
    if (needs !== undefined && !isGiven(flags, needs)) {
      throw new LamellaError("INVALID_ARGUMENT", `--${flag} needs --${needs}`, { hint });
    }
    if (excludes !== undefined && isGiven(flags, excludes)) {
      throw new LamellaError("INVALID_ARGUMENT", `--${flag} does not go with --${excludes}`, { hint });
    }
  }
}

function isGiven(flags: object, written: string): boolean {
  const [flag, wanted] = written.split(" ") as [string, string | undefined];
  const name = flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const value = (flags as Readonly<Record<string, unknown>>)[name];
  return wanted === undefined ? value !== undefined && value !== false : value === wanted;
}
