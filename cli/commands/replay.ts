import { type RunPlace, runPlaceOptions } from "../run-choice.ts";
import type { DefineCommand } from "./index.ts";

export const defineReplay: DefineCommand = (program, done) => {
  const command = program
    .command("replay")
    .description("carries one task of a run out here, writes nothing, and compares with what is stored")
    .argument("<run>", "run id")
    .argument(
      "<task>",
      "STAGE:NUMBER, the stage by name or number; a bare number is of the stage that failed",
    );
  runPlaceOptions(command)
    .option("--json", "print one JSON document")
    .action(async (runId: string, task: string, flags: RunPlace & { json?: boolean }) => {
      const [{ findRun }, { replayTask, taskNamed }, { formatBytes, formatSeconds, table }] =
        await Promise.all([
          import("../find-run.ts"),
          import("../../shared/engine/replay.ts"),
          import("../format.ts"),
        ]);
      const { folder } = await findRun(runId, flags);
      const [plan, state] = await Promise.all([folder.plan(), folder.state()]);
      const report = await replayTask(folder, plan, taskNamed(plan, task, state.failure?.stage));
      if (report.objects.some(({ stored }) => stored === "differs")) done(1);
      if (flags.json) {
        process.stdout.write(`${JSON.stringify(report)}\n`);
        return;
      }
      const { region } = report;
      const box = region
        ? `, [${region.start.map((start, axis) => `${start}:${start + region.shape[axis]!}`).join(", ")}]`
        : "";
      process.stdout.write(
        `task ${report.task} of ${report.stage}${box}: ${formatSeconds(report.seconds)}, ` +
          `read ${formatBytes(report.bytesRead)}, kernel memory ${report.peakMiB} MiB\n`,
      );
      const rows = report.objects.map(({ array, key, size, stored }) => [array, key, String(size), stored]);
      process.stdout.write(`${table([["array", "object", "bytes", "stored"], ...rows], [2])}\n`);
    });
};
