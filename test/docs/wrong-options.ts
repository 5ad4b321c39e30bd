import { commands } from "../../scripts/docs/generated.ts";

/** Commands and options of `lamella` in a script that the command line doesn't know. */
export function wrongOptionsIn(script: string): string[] {
  return script
    .split("\n")
    .map((line) => /^(?:npx )?lamella ([^#]*)/.exec(line)?.[1]?.trim().split(/\s+/))
    .filter((words) => words !== undefined)
    .flatMap(wrongOptions);
}

function wrongOptions([name, ...words]: readonly string[]): string[] {
  const command = commands().find((known) => known.name() === name);
  if (!command) return [`there is no command ${name}`];
  const known = command.options.flatMap((option) => [option.long, option.short]);
  return words.filter((word) => word.startsWith("-") && !known.includes(word));
}
