import { run } from "./commands.ts";

/** Python versions that a lock file is kept for, and the LocalStack that it installs. */
const LOCKED = { "311": "4.13.1", "313": "2026.3.0" } as const;

export interface Python {
  readonly program: string;
  /** "311" or "313": the suffix of its lock file. */
  readonly version: keyof typeof LOCKED;
}

/** A Python that LocalStack can be installed for, or undefined. `LAMELLA_PYTHON` names one outright. */
export async function findPython(): Promise<Python | undefined> {
  const named = process.env["LAMELLA_PYTHON"];
  for (const program of named ? [named] : ["python3", "python3.13", "python3.11"]) {
    const version = await run(program, [
      "-c",
      "import sys, venv, ensurepip; print('%d%d' % sys.version_info[:2])",
    ]).then(
      (text) => text.trim(),
      () => "",
    );
    if (version in LOCKED) return { program, version: version as Python["version"] };
  }
  return undefined;
}
