import type { Command } from "commander";
import { SHELLS, type Shell } from "../completion/scripts.ts";
import { choice } from "../values.ts";
import type { DefineCommand } from "./index.ts";

export const defineCompletion: DefineCommand = (program) => {
  program
    .command("completion")
    .description("what bash, zsh or fish need to complete commands, options, kernels and runs")
    .argument("<shell>", SHELLS.join(", "), choice(SHELLS))
    .argument(
      "[words...]",
      "asked by the shell itself: what has been typed, for what the last word may become",
    )
    .addHelpText(
      "after",
      `
bash: eval "$(lamella completion bash)" in ~/.bashrc
zsh:  source <(lamella completion zsh) in ~/.zshrc, after compinit
fish: lamella completion fish > ~/.config/fish/completions/lamella.fish`,
    )
    .action(async (shell: Shell, words: string[], _flags: object, command: Command) => {
      if (words.length === 0) {
        const { SCRIPTS } = await import("../completion/scripts.ts");
        process.stdout.write(SCRIPTS[shell]);
        return;
      }
      const [{ complete }, { lookup }] = await Promise.all([
        import("../completion/candidates.ts"),
        import("../completion/lookup.ts"),
      ]);
      const found = await complete(command.parent!, words, lookup);
      const lines = found.words.map(({ word, about }) => (about === undefined ? word : `${word}\t${about}`));
      process.stdout.write(`${[found.also, ...lines].join("\n")}\n`);
    });
};
