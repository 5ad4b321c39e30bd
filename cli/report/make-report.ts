import { RunRecord } from "../../shared/engine/report/run-record.ts";
import { findRun } from "../find-run.ts";
import { checkFlags } from "../flag-rules.ts";
import { placeOf, type RunPlace } from "../run-choice.ts";
import { reportData } from "./report-data.ts";
import { checkReportTarget, writeReport } from "./write-report.ts";

/** `lamella report`: the file's name on stdout, or the data of its page. */
export async function makeReport(
  runId: string,
  flags: RunPlace & { readonly output?: string; readonly json?: boolean },
): Promise<void> {
  checkFlags(flags, [{ flag: "output", excludes: "json", hint: "--json prints, --output writes the page." }]);
  const { folder } = await findRun(runId, flags);
  const plan = await folder.plan();
  const place = placeOf(flags);
  if (flags.json) {
    const record = new RunRecord(folder, plan);
    await record.look();
    process.stdout.write(`${JSON.stringify(await reportData(record, place))}\n`);
    return;
  }
  const file = flags.output ?? `lamella-report-${runId}.html`;
  await checkReportTarget(file);
  await writeReport(folder, plan, file, place);
  process.stdout.write(`${file}\n`);
}
