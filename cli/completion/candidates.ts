import type { Argument, Command, Option } from "commander";
import { USES } from "../commands/advise.ts";
import { choicesOf } from "../values.ts";

export interface Candidate {
  readonly word: string;
  /** Shown beside it by zsh and fish. */
  readonly about?: string;
}

/** What may stand where the cursor is: words, and whether names of files or of folders. */
export interface Completion {
  readonly also: "nothing" | "files" | "folders";
  readonly words: readonly Candidate[];
}

/** The command line so far, for what is looked up. */
export interface Typed {
  readonly operands: readonly string[];
  /** Values of options by their long names. */
  readonly options: ReadonlyMap<string, string>;
}

/** Looks up what the sources of the command line don't hold. */
export interface Lookup {
  runs(typed: Typed): Promise<readonly Candidate[]>;
  kernels(): Promise<readonly Candidate[]>;
  parameters(typed: Typed): Promise<readonly Candidate[]>;
}

/** Names of arguments that are places. */
const FILES = ["file", "uri", "zarr", "src", "dst", "out", "pipeline", "what", "image"];
const NOTHING: Completion = { also: "nothing", words: [] };

/**
 * What the last of `words` may become; they are what stands behind `lamella`, up to the cursor. Follows the commands as
 * the command line defines them, so that nothing can be forgotten here.
 */
export async function complete(
  program: Command,
  words: readonly string[],
  lookup: Lookup,
): Promise<Completion> {
  const current = words.at(-1) ?? "";
  const found = await unfiltered(program, words, current, lookup);
  return { ...found, words: found.words.filter(({ word }) => word.startsWith(current)) };
}

async function unfiltered(
  program: Command,
  words: readonly string[],
  current: string,
  lookup: Lookup,
): Promise<Completion> {
  if (words.length <= 1 || (words[0] === "help" && words.length === 2)) {
    if (current.startsWith("-")) return { also: "nothing", words: optionsOf(program) };
    const commands = program.commands.map((command) => about(command.name(), command.description()));
    return { also: "nothing", words: [...commands, about("help", "what a command takes")] };
  }
  const command = program.commands.find((known) => known.name() === words[0]);
  if (!command) return NOTHING;
  const { typed, pending, onlyOperands } = read(command, words.slice(1, -1));
  if (pending) return valuesOf(pending, typed, lookup);
  if (!onlyOperands && current.startsWith("-")) {
    const [long, value] = split(current);
    if (value === undefined) return { also: "nothing", words: optionsOf(command, typed) };
    const option = command.options.find((known) => known.long === long);
    if (!option || !takesValue(option)) return NOTHING;
    const found = await valuesOf(option, typed, lookup);
    return {
      ...found,
      words: found.words.map(({ word, ...rest }) => ({ ...rest, word: `${long}=${word}` })),
    };
  }
  const operand = operandAt(command, typed.operands.length);
  if (!operand) return { also: "nothing", words: optionsOf(command, typed) };
  return valuesOf(operand, typed, lookup);
}

/** What was typed before the cursor; `pending` is the option whose value comes next. */
function read(
  command: Command,
  words: readonly string[],
): { readonly typed: Typed; readonly pending: Option | undefined; readonly onlyOperands: boolean } {
  const operands: string[] = [];
  const options = new Map<string, string>();
  let pending: Option | undefined;
  let onlyOperands = false;
  for (const word of words) {
    if (pending) {
      options.set(pending.long!, word);
      pending = undefined;
    } else if (onlyOperands || !word.startsWith("-")) operands.push(word);
    else if (word === "--") onlyOperands = true;
    else {
      const [long, value] = split(word);
      const option = command.options.find((known) => known.long === long || known.short === long);
      if (option && value === undefined && takesValue(option)) pending = option;
      else options.set(option?.long ?? long, value ?? "");
    }
  }
  return { typed: { operands, options }, pending, onlyOperands };
}

function split(word: string): [option: string, value: string | undefined] {
  const at = word.indexOf("=");
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

function operandAt(command: Command, index: number): Argument | undefined {
  const last = command.registeredArguments.at(-1);
  return command.registeredArguments[index] ?? (last?.variadic ? last : undefined);
}

/** Options that were not given yet; `--set` may be repeated. */
function optionsOf(command: Command, typed?: Typed): Candidate[] {
  const left = command.options.filter(({ long }) => long === "--set" || !typed?.options.has(long!));
  return [
    ...left.map(({ long, description }) => about(long!, description)),
    about("--help", "what it takes"),
  ];
}

async function valuesOf(of: Option | Argument, typed: Typed, lookup: Lookup): Promise<Completion> {
  const known = choicesOf(of.parseArg) ?? of.argChoices;
  const words = known?.map((word) => ({ word })) ?? [];
  const name = nameOf(of);
  if (name === "run") return { also: "nothing", words: await lookup.runs(typed) };
  if (name === "kernel") return { also: "nothing", words: await lookup.kernels() };
  if (name === "use")
    return { also: "nothing", words: [...USES.map((word) => ({ word })), ...(await lookup.kernels())] };
  if (name === "name=value") return { also: "nothing", words: await lookup.parameters(typed) };
  if (known) return { also: "nothing", words };
  return { also: name === "dir" ? "folders" : FILES.includes(name) ? "files" : "nothing", words: [] };
}

/** What stands between < and >: "file" of `--svg <file>`. */
function nameOf(of: Option | Argument): string {
  const name = "flags" in of ? (/[<[]([^>\]]+)[>\]]/.exec(of.flags)?.[1] ?? "") : of.name();
  return name.replace("...", "").toLowerCase();
}

function about(word: string, text: string): Candidate {
  return text === "" ? { word } : { word, about: text };
}
