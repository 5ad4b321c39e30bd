import { LamellaError } from "../errors.ts";
import { hintOfNames } from "../nearest-name.ts";
import { AWS_FACTS, type AwsFacts } from "./aws-facts.ts";

/**
 * The facts with some of them given otherwise: `{ collected: "2027-01", lambda: { concurrency: 5000 } }`. Throws UNKNOWN_KEY for a
 * name that there is not, INVALID_ARGUMENT for a value of another type; `where` names the document.
 */
export function overrideFacts(given: unknown, where: string): AwsFacts {
  return override(AWS_FACTS, given, [], where) as AwsFacts;
}

function override(known: unknown, given: unknown, path: readonly string[], where: string): unknown {
  const place = path.length === 0 ? "the document" : path.join(".");
  const wrong = (what: string): LamellaError =>
    new LamellaError("INVALID_ARGUMENT", `${where}: ${place} must be ${what}`, {
      hint: "The names and values that it may have are those of shared/plan/aws-facts.ts.",
    });
  if (typeof known === "number") {
    if (typeof given !== "number" || !(given >= 0) || !Number.isFinite(given))
      throw wrong("a number from 0 on");
    return given;
  }
  if (typeof known === "string") {
    if (typeof given !== "string") throw wrong("text");
    return given;
  }
  if (Array.isArray(known)) {
    if (!Array.isArray(given) || given.length === 0 || given.some((n) => !(typeof n === "number" && n > 0)))
      throw wrong("a list of numbers above 0");
    return given.toSorted((a, b) => a - b);
  }
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw wrong("a map");
  const facts = known as { readonly [name: string]: unknown };
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(facts, name)) continue;
    const full = [...path, name].join(".");
    throw new LamellaError("UNKNOWN_KEY", `${where}: there is no ${full}`, {
      hint: hintOfNames(name, Object.keys(facts)),
    });
  }
  const values = given as { readonly [name: string]: unknown };
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [
      name,
      Object.hasOwn(values, name) ? override(value, values[name], [...path, name], where) : value,
    ]),
  );
}
