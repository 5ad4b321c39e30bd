import type { Command, CommanderError } from "commander";

/** What commander says of a command that was typed wrongly, in our words: what is missing, and what it may be. */
export function wrongUse(error: CommanderError, program: Command): { message: string; hint: string } {
  const message = error.message
    .replace(/^error: /, "")
    .replace(/\n\(/, " (")
    .replace(/^command-argument value .* is invalid for argument '(.+?)'\. /, "$1: ");
  const command = program.commands.find((known) => known.name() === process.argv[2]);
  if (!command)
    return {
      message,
      hint: "`lamella --help` lists the commands, `lamella COMMAND --help` what each takes.",
    };
  const help = `\`lamella ${command.name()} --help\` lists what it takes.`;
  const missing = missingOf(error, command);
  return { message, hint: missing === undefined ? help : `${missing} ${help}` };
}

/** "Give --for <use>: spatial, ...", for what is required and wasn't given. */
function missingOf({ code, message }: CommanderError, command: Command): string | undefined {
  const name = /'(.+?)'/.exec(message)?.[1];
  if (code === "commander.missingArgument") {
    const found = command.registeredArguments.find((each) => each.name() === name);
    return `Usage: lamella ${command.name()} ${command.usage()}${found ? `, where ${found.name()} is: ${found.description}` : ""}.`;
  }
  if (code !== "commander.missingMandatoryOptionValue" && code !== "commander.optionMissingArgument")
    return undefined;
  const option = command.options.find(({ flags }) => flags === name);
  return option && `Give ${option.flags}: ${option.description}.`;
}
