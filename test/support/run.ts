import fs from "node:fs/promises";
import path from "node:path";
import { type LocalOptions, type RunReport, runLocally } from "../../shared/engine/local/engine.ts";
import { beginRun } from "../../shared/engine/run.ts";
import type { RunFolder } from "../../shared/engine/run-folder.ts";
import type { Json } from "../../shared/errors.ts";
import { pipelineOutputs } from "../../shared/pipeline/request.ts";
import { type CompileOptions, compile } from "../../shared/plan/compile.ts";
import type { Plan } from "../../shared/plan/schema.ts";
import { FileStore } from "../../shared/storage/file.ts";

/** Compiles a pipeline document whose paths are relative to `base`. */
export async function planOf(document: unknown, base: string, options: CompileOptions = {}): Promise<Plan> {
  return compile(
    await pipelineOutputs(document, {} as { [name: string]: Json }, base, "pipeline.yaml"),
    options,
  );
}

/** The same plan, with as much work claimed that worker threads carry it out. */
export function forWorkers(plan: Plan): Plan {
  return {
    ...plan,
    stages: plan.stages.map((stage) => ({ ...stage, estimate: { ...stage.estimate, cpuSeconds: 1 } })),
  };
}

export async function begin(plan: Plan, base: string): Promise<RunFolder> {
  return beginRun(plan, new FileStore(path.join(base, "runs")), "local");
}

/** Begins a run of a plan and sees it through. */
export async function run(
  plan: Plan,
  base: string,
  options: Partial<LocalOptions> = {},
): Promise<{ folder: RunFolder; report: RunReport }> {
  const folder = await begin(plan, base);
  return { folder, report: await runLocally(folder, plan, { workers: 2, ...options }) };
}

/** Every file below a folder with its bytes; hidden and temporary ones too. */
export async function filesOf(folder: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const full = path.join(entry.parentPath, entry.name);
    // A run that is at work may have renamed or removed it meanwhile.
    const bytes = await fs.readFile(full).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
    if (bytes) files.set(path.relative(folder, full), bytes);
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The names of the files that differ between two folders' contents. */
export function differences(a: ReadonlyMap<string, Buffer>, b: ReadonlyMap<string, Buffer>): string[] {
  const names = new Set([...a.keys(), ...b.keys()]);
  return [...names].filter((name) => {
    const [x, y] = [a.get(name), b.get(name)];
    return !x || !y || !x.equals(y);
  });
}
