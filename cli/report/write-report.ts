import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { RunRecord } from "../../shared/engine/report/run-record.ts";
import type { RunFolder } from "../../shared/engine/run-folder.ts";
import { LamellaError } from "../../shared/errors.ts";
import type { Plan } from "../../shared/plan/schema.ts";
import { reportData } from "./report-data.ts";
import { REPORT_MARK, reportHtml } from "./report-html.ts";

/**
 * Refuses a place where a report can't be written, before anything is done. An earlier report there may be replaced, anything
 * else not. Throws OUTPUT_EXISTS, INVALID_ARGUMENT.
 */
export async function checkReportTarget(file: string): Promise<void> {
  const folder = path.dirname(path.resolve(file));
  const isFolder = await fs.stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    throw new LamellaError("INVALID_ARGUMENT", `${file}: there is no folder ${folder}`, {
      hint: "Make the folder, or name a file in one that is there.",
    });
  }
  if (await isOther(file)) {
    throw new LamellaError("OUTPUT_EXISTS", `${file} is there, and is no report of Lamella's`, {
      hint: "Name another file for the report.",
      details: { file },
    });
  }
}

async function isOther(file: string): Promise<boolean> {
  const found = await fs.stat(file).catch(() => undefined);
  if (!found) return false;
  if (!found.isFile()) return true;
  const handle = await fs.open(file);
  try {
    const { buffer, bytesRead } = await handle.read(
      Buffer.alloc(REPORT_MARK.length),
      0,
      REPORT_MARK.length,
      0,
    );
    return bytesRead > 0 && buffer.toString("utf8", 0, bytesRead) !== REPORT_MARK;
  } finally {
    await handle.close();
  }
}

/** Writes the report of a run as it is now; whole, or not at all. */
export async function writeReport(folder: RunFolder, plan: Plan, file: string, place = ""): Promise<void> {
  const record = new RunRecord(folder, plan);
  await record.look();
  const html = await reportHtml(await reportData(record, place));
  const temporary = `${file}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await fs.writeFile(temporary, html);
    await fs.rename(temporary, file);
  } catch (cause) {
    await fs.rm(temporary, { force: true });
    throw new LamellaError("STORAGE_FAILED", `${file}: ${(cause as Error).message}`, {
      hint: `Write it later with \`lamella report ${folder.runId}\`.`,
      cause,
    });
  }
}
