import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { complete, type Lookup } from "../../cli/completion/candidates.ts";
import { makeProgram } from "../../cli/program.ts";
import { allKernels } from "../../shared/kernels/registry.ts";
import { Workspace } from "../docs/workspace.ts";

const program = makeProgram(() => {});
const lookup: Lookup = {
  runs: async () => [{ word: "20260101-a" }, { word: "20260102-b", about: "succeeded" }],
  kernels: async () => allKernels().map(({ name }) => ({ word: name })),
  parameters: async ({ operands }) => [{ word: `of-${operands[0]}=` }],
};
/** What a line, up to the cursor, may go on with. */
async function rest(line: string): Promise<string> {
  const { also, words } = await complete(program, line.split(" "), lookup);
  return [...words.map(({ word }) => word), ...(also === "nothing" ? [] : [also])].join(" ");
}

function has(shell: string): boolean {
  return spawnSync(shell, ["--version"]).status === 0;
}

describe("what the command line may go on with", () => {
  it.each([
    ["r", "run runs resume replay report"],
    ["help adv", "advise"],
    ["--v", "--version"],
    ["gone --", ""],
    ["run ", "files"],
    ["run a.yaml --o", "--on --overwrite"],
    ["run a.yaml --overwrite --o", "--on"],
    ["run --on ", "local aws lambda"],
    ["run --on=l", "--on=local --on=lambda"],
    ["run --on aws ", "files"],
    ["run a.yaml --set a=1 --se", "--set"],
    ["run a.yaml --set ", "of-a.yaml="],
    ["convert a.tif --downsample m", "mean mode max min median"],
    ["convert a.tif --workers ", ""],
    ["convert a.tif ", "files"],
    ["plan --svg ", "files"],
    ["plan --svg=", "files"],
    ["runs --runs ", "folders"],
    ["status ", "20260101-a 20260102-b"],
    ["clean 20260101-a 20260102", "20260102-b"],
    ["resume --runs x 20260102", "20260102-b"],
    ["kernels gauss", "gaussian gaussianGradientMagnitude gaussianLaplace"],
    ["advise a.zarr --for t", "temporal threshold thresholdLocal"],
    ["advise a.zarr --for sp", "spatial"],
    ["new ", "pipeline kernel"],
    ["completion z", "zsh"],
    ["schema ", "--events --verbose --help"],
    ["inspect -- --", "files"],
  ])("%s: %s", async (line, expected) => {
    expect(await rest(line)).toBe(expected);
  });

  it("knows every command, and something to do with each of its arguments and options", async () => {
    expect((await rest("")).split(" ")).toEqual([...program.commands.map((each) => each.name()), "help"]);
    for (const command of program.commands) {
      const words = (await rest(`${command.name()} -`)).split(" ");
      expect(words).toEqual([...command.options.map(({ long }) => long), "--help"]);
    }
  });
});

describe("completion in real shells", () => {
  let workspace: Workspace;
  beforeAll(() => {
    workspace = new Workspace();
    workspace.write("pipe line.yaml", "version: 1\nparams: { sigma: 1 }\n");
    mkdirSync(path.join(workspace.folder, ".lamella/runs/20260101-a"), { recursive: true });
    writeFileSync(path.join(workspace.folder, ".lamella/runs/20260101-a/plan.json"), "{}");
  });
  afterAll(() => workspace.remove());

  /** What bash's function is called with, the cursor at the end of a line, words cut as readline cuts them. */
  function asBashCalls(line: string): string {
    const words: string[] = line.match(/[=:]+|[^\s=:]+/g) ?? [];
    if (/\s$/.test(line)) words.push("");
    const quoted = words.map((word) => `'${word}'`).join(" ");
    return `COMP_WORDS=(${quoted}) COMP_CWORD=${words.length - 1} COMP_LINE='${line}' COMP_POINT=${line.length}
_lamella lamella
echo "\${COMPREPLY[@]}"`;
  }

  it("bash: answers as its function is called", () => {
    const cases = {
      "lamella val": "validate",
      "lamella run x.yaml --on ": "local aws lambda",
      "lamella run x.yaml --on=la": "lambda",
      "lamella convert s3://a/b c --codec b": "blosc",
      "lamella status ": "20260101-a",
      "lamella kernels gaussianL": "gaussianLaplace",
    };
    const done = workspace.shell(
      ['eval "$(lamella completion bash)"', ...Object.keys(cases).map(asBashCalls)].join("\n"),
    );
    expect(done, done.stderr).toMatchObject({ status: 0 });
    expect(done.stdout.trim().split("\n")).toEqual(Object.values(cases));
  });

  it("bash: completes at a real prompt, commands, values and files", async ({ skip }) => {
    if (!has("script")) skip("there is no script(1) to give bash a terminal");
    const marks = [
      ["lamella adv\t", "advise "],
      ["lamella run --on=lo\t", "--on=local "],
      ["lamella run pipe\t", "pipe\\ line.yaml "],
    ] as const;
    const child = spawn("script", ["-qfec", "bash --norc --noprofile -i", "/dev/null"], {
      cwd: workspace.folder,
      env: { ...workspace.environment, TERM: "dumb", INPUTRC: "/dev/null" },
      stdio: ["pipe", "pipe", "ignore"],
    });
    let seen = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (seen += text));
    const until = async (...texts: readonly string[]): Promise<void> => {
      while (!texts.some((text) => seen.includes(text))) {
        if (child.exitCode !== null) throw new Error(`bash ended: ${seen}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    await until("$ ", "# ");
    child.stdin.write('eval "$(lamella completion bash)"; echo lo""aded\n');
    await until("loaded");
    for (const [line, completed] of marks) {
      seen = "";
      child.stdin.write(line);
      await until(completed);
      child.stdin.write("\u0015");
    }
    child.stdin.write("exit\n");
    await new Promise((resolve) => child.on("close", resolve));
  });

  it("zsh: completes commands, values and files", ({ skip }) => {
    if (!has("zsh")) skip("there is no zsh here");
    const script = `
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1=; autoload -Uz compinit; compinit -u -D; source <(lamella completion zsh); zstyle ":completion:*" list-colors ""; print lo""aded'
zpty -r -m shell out '*loaded*'
for line in 'adv' 'run --on=loc' 'run pipe' 'run "pipe line.yaml" --set sig'; do
  zpty -w -n shell "lamella $line"$'\\t'
  sleep 0.1
  zpty -w -n shell $'\\x01print -r -- '$'\\n'
done
zpty -w shell 'print th""e end'
zpty -r -m shell out '*the end*'
print -r -- "$out"
`;
    const out = execFileSync("zsh", ["-f", "-c", script], {
      cwd: workspace.folder,
      env: workspace.environment,
      encoding: "utf8",
    });
    for (const expected of ["advise", "--on=local", "pipe line.yaml", "sigma="])
      expect(out).toContain(expected);
  });

  it.for([
    ["lamella adv", "advise"],
    ["lamella run --on=lo", "--on=local"],
    ["lamella run pipe", "pipe line.yaml"],
    ["lamella run 'pipe line.yaml' --set ", "sigma="],
    ["lamella status ", "20260101-a"],
    ["lamella plan --svg=pipe", "--svg=pipe line.yaml"],
  ])("fish: %s", ([line, expected], { skip }) => {
    if (!has("fish")) skip("there is no fish here");
    const done = spawnSync(
      "fish",
      ["--no-config", "-c", `lamella completion fish | source; complete -C "${line}"`],
      { cwd: workspace.folder, env: workspace.environment, encoding: "utf8" },
    );
    expect(done.stdout.split("\n").map((found) => found.split("\t")[0])).toContain(expected);
  });
});
