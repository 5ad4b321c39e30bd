import type { Candidate, Lookup, Typed } from "./candidates.ts";

/** How many of the newest runs are looked into. */
const MOST_RUNS = 30;

/** What is looked up while a command line is typed: on this computer alone, and without a word where it can't be. */
export const lookup: Lookup = {
  async runs({ options }: Typed): Promise<readonly Candidate[]> {
    if ((options.get("--on") ?? "local") !== "local") return [];
    const [{ RunFolder }, { controlStore }] = await Promise.all([
      import("../../shared/engine/run-folder.ts"),
      import("../control-store.ts"),
    ]);
    const control = await controlStore(options.get("--runs"));
    const names = await control.listDirectory("runs/");
    const ids = names.filter((name) => name.endsWith("/")).map((name) => name.slice(0, -1));
    return Promise.all(
      ids
        .sort()
        .reverse()
        .slice(0, MOST_RUNS)
        .map(async (word) => {
          const state = await new RunFolder(control, word).state().catch(() => undefined);
          if (!state) return { word };
          return { word, about: `${state.status}: ${Object.keys(state.outputs).join(", ")}` };
        }),
    );
  },

  async kernels(): Promise<readonly Candidate[]> {
    const { allKernels } = await import("../../shared/kernels/registry.ts");
    return allKernels().map(({ name, summary }) => ({ word: name, about: summary }));
  },

  async parameters({ operands: [file] }: Typed): Promise<readonly Candidate[]> {
    if (file === undefined) return [];
    const [{ readFile }, { parse }] = await Promise.all([import("node:fs/promises"), import("yaml")]);
    const document = parse(await readFile(file, "utf8")) as { params?: { [name: string]: unknown } } | null;
    return Object.entries(document?.params ?? {}).map(([name, value]) => ({
      word: `${name}=`,
      about: `now ${JSON.stringify(value)}`,
    }));
  },
};
