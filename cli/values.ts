import { InvalidArgumentError } from "commander";
import { type Json, LamellaError } from "../shared/errors.ts";
import { nearestName } from "../shared/nearest-name.ts";

/** "1,1,1,1024,1024" as whole numbers. */
export function parseIntegers(text: string): number[] {
  const values = text.split(",").map((part) => Number(part.trim()));
  if (text.trim() === "" || values.some((n) => !Number.isInteger(n))) {
    throw new InvalidArgumentError(`"${text}" is not a list of whole numbers such as 1,512,512.`);
  }
  return values;
}

/** "all", or numbers of series, each once: "0,2". */
export function parseSeries(text: string): string {
  if (text === "all") return text;
  const numbers = parseIntegers(text);
  const wrong = numbers.find((n, i) => n < 0 || numbers.indexOf(n) !== i);
  if (wrong !== undefined) {
    throw new InvalidArgumentError(
      wrong < 0 ? `${wrong}: series count from 0.` : `"${text}" names series ${wrong} twice.`,
    );
  }
  return text;
}

/** A whole number of at least one. */
export function parsePositive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError(`"${text}" is not a whole number of at least 1.`);
  return value;
}

/** A TCP port; 0 is any that is free. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (text.trim() === "" || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError(`"${text}" is not a port: a whole number up to 65535.`);
  return port;
}

export function parseInteger(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value))
    throw new InvalidArgumentError(`"${text}" is not a whole number.`);
  return value;
}

export function parseUsd(text: string): number {
  const value = Number(text.replace(/^\$/, ""));
  if (text.trim() === "" || !(value >= 0))
    throw new InvalidArgumentError(`"${text}" is not an amount of dollars.`);
  return value;
}

/** One of a few words; the error has the nearest, and names them all. */
export function choice<T extends string>(
  known: readonly T[],
  aliases: { readonly [alias: string]: T } = {},
): (text: string) => T {
  const parse = (text: string): T => {
    const found = known.find((k) => k === text) ?? aliases[text] ?? aliases[text.toUpperCase()];
    if (found !== undefined) return found;
    const others = Object.keys(aliases);
    const nearest = nearestName(text, [...known, ...others]);
    throw new InvalidArgumentError(
      `"${text}" is not one of ${[...known, ...others].join(", ")}.${nearest === undefined ? "" : ` Did you mean ${nearest}?`}`,
    );
  };
  CHOICES.set(parse, known);
  return parse;
}

const CHOICES = new WeakMap<object, readonly string[]>();

/** The words that a parser made by `choice` takes; undefined for any other. */
export function choicesOf(parser: object | undefined): readonly string[] | undefined {
  return parser && CHOICES.get(parser);
}

/** Collects `--set name=value`; values are read as JSON where they are JSON, else as text. */
export function collectSet(text: string, before: { [name: string]: Json } = {}): { [name: string]: Json } {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError(`"${text}" is not of the form name=value.`);
  const raw = text.slice(at + 1);
  let value: Json = raw;
  try {
    value = JSON.parse(raw) as Json;
  } catch {
    // Plain text stays text.
  }
  return { ...before, [text.slice(0, at)]: value };
}

/** Refuses two options that exclude each other. */
export function exclusive(options: { readonly [name: string]: unknown }, a: string, b: string): void {
  if (options[a] !== undefined && options[b] !== undefined) {
    throw new LamellaError("INVALID_ARGUMENT", `--${a} and --${b} say the same thing: give one of them`, {
      hint: `Leave --${b} out.`,
    });
  }
}

/** "30m", "2h", "1d" ago, or an ISO 8601 time. */
export function parseTime(text: string): Date {
  const ago = /^(\d+(?:\.\d+)?)\s*(s|m|h|d)$/.exec(text.trim());
  const unit = { s: 1, m: 60, h: 3600, d: 86_400 }[ago?.[2] ?? ""];
  if (ago && unit !== undefined) return new Date(Date.now() - Number(ago[1]) * unit * 1000);
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw new InvalidArgumentError(
      `"${text}" is not a time: 30m, 2h and 1d are so long ago, 2027-01-31T12:00Z is a moment.`,
    );
  return new Date(time);
}
