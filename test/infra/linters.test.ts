import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { Template } from "aws-cdk-lib/assertions";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { madeApp } from "../support/infra.ts";
import { findPython, pythonVenv } from "../support/python-venv.ts";
import { ACKNOWLEDGED_CHECKS } from "./acknowledged-checks.ts";
import { VARIANTS } from "./variants.ts";

const run = promisify(execFile);
const python = findPython();
if (!python) console.warn("cfn-lint and checkov are skipped: there is no Python 3.11 or newer with venv");

interface Failed {
  readonly check: string;
  readonly resource: string;
  readonly variant: string;
}

interface CheckovReport {
  readonly results: {
    readonly failed_checks: readonly { check_id: string; resource: string; file_path: string }[];
    /** Left out where there are none. */
    readonly parsing_errors?: readonly string[];
  };
  readonly summary: { readonly passed: number };
}

/** The tool's output, whatever its exit status says of findings. */
async function outputOf(tool: string, args: readonly string[], cwd: string): Promise<string> {
  const program = path.join(path.dirname(await pythonVenv("infra")), tool);
  return run(program, args, { cwd, maxBuffer: 64 * 1024 * 1024 }).then(
    ({ stdout }) => stdout,
    (error: { stdout?: string; code?: unknown }) => {
      if (typeof error.code === "number" && error.stdout) return error.stdout;
      throw error;
    },
  );
}

describe.runIf(python)("checkers of templates", { timeout: 600_000 }, () => {
  const names = Object.keys(VARIANTS);
  const files = names.map((name) => `${name}.json`);
  let folder: string;

  beforeAll(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-templates-"));
    for (const [name, props] of Object.entries(VARIANTS)) {
      const template = Template.fromStack(madeApp("Lamella", props).stack).toJSON();
      await fs.writeFile(path.join(folder, `${name}.json`), JSON.stringify(template, null, 1));
    }
    await pythonVenv("infra");
  });
  afterAll(() => fs.rm(folder, { recursive: true, force: true }));

  it("cfn-lint has nothing to say of any template", async () => {
    // W3005: CDK makes each function depend on its role's policies by naming the role, which is one name too many
    const args = ["--format", "json", "--ignore-checks", "W3005", "--regions", "us-east-1", "--", ...files];
    const findings = JSON.parse(await outputOf("cfn-lint", args, folder)) as { Rule: { Id: string } }[];
    expect(findings).toEqual([]);
  });

  it("checkov fails no check but those acknowledged one by one, each with its reason, and these only where they say", async () => {
    const args = files.flatMap((file) => ["-f", file]);
    const text = await outputOf(
      "checkov",
      [...args, "--framework", "cloudformation", "--compact", "--quiet", "--output", "json"],
      folder,
    );
    const reports = [JSON.parse(text) as CheckovReport | CheckovReport[]].flat();
    expect(reports.flatMap(({ results }) => results.parsing_errors ?? [])).toEqual([]);
    expect(reports.reduce((sum, { summary }) => sum + summary.passed, 0)).toBeGreaterThan(400);
    const failed: Failed[] = reports.flatMap(({ results }) =>
      results.failed_checks.map(({ check_id, resource, file_path }) => ({
        check: check_id,
        resource: resource.split(".").at(-1) ?? "",
        variant: path.basename(file_path, ".json"),
      })),
    );
    const covers = (a: (typeof ACKNOWLEDGED_CHECKS)[number], f: Failed): boolean =>
      a.check === f.check && a.variants.includes(f.variant) && a.resources.test(f.resource);
    expect(failed.filter((f) => !ACKNOWLEDGED_CHECKS.some((a) => covers(a, f)))).toEqual([]);
    for (const a of ACKNOWLEDGED_CHECKS) {
      expect(a.reason.length).toBeGreaterThan(30);
      for (const variant of a.variants) {
        expect(
          failed.some((f) => f.variant === variant && covers(a, f)),
          `${a.check} is acknowledged, and passes, in ${variant}`,
        ).toBe(true);
      }
    }
  });
});
