import { readdirSync, readFileSync } from "node:fs";

/** Processes below LocalStack's own that run functions, where it is a process of this computer. */
export function functionProcesses(localStack: number): number[] {
  const parents = new Map<number, number>();
  const found: number[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "latin1");
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
      if (readFileSync(`/proc/${name}/cmdline`, "latin1").includes("bootstrap.mjs")) found.push(Number(name));
    } catch {
      // It has ended.
    }
  }
  const below = (pid: number): boolean =>
    pid === localStack || (parents.has(pid) && pid > 1 && below(parents.get(pid)!));
  return found.filter(below);
}
