import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import readline from "node:readline";
import { describe, expect, it } from "vitest";
import type { ChildReply, ChildRequest } from "../../support/convert-child.ts";
import { parseCsv } from "../../support/csv.ts";
import { sharedData } from "../../support/shared-data.ts";
import { type DamageResult, resultLines } from "./survey.ts";

/** A file that takes longer has hung: what is wrong with a file shows in its first bytes. */
const DEADLINE = 10_000;
const MOST_BYTES = 512 * 2 ** 20;

const data = sharedData("data");
const rows = data
  ? parseCsv(readFileSync(path.join(data, "manifest.csv"), "utf8")).filter((row) =>
      ["tiff_malformed", "lsm"].includes(row["category"]!),
    )
  : [];

/** Converts the files in one other process, which is ended where one of them keeps it too long. */
async function convertAll(files: ChildRequest["files"]): Promise<ChildReply[]> {
  const script = path.resolve(import.meta.dirname, "../../support/convert-child.ts");
  const child = spawn(process.execPath, [script, JSON.stringify({ files })], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const replies: ChildReply[] = [];
  let timer = setTimeout(() => child.kill("SIGKILL"), 2 * DEADLINE);
  for await (const line of readline.createInterface(child.stdout)) {
    clearTimeout(timer);
    timer = setTimeout(() => child.kill("SIGKILL"), DEADLINE);
    replies.push(JSON.parse(line) as ChildReply);
  }
  clearTimeout(timer);
  return replies;
}

/** Damaged TIFFs and LSMs through `convert`; what was found is kept for docs/tiff.md (`vitest -u`). */
describe.skipIf(!data)("damaged files of the reference data", () => {
  it("give the right pixels or a coded error, soon and in little memory", async () => {
    const replies = await convertAll(
      rows.map((row) => ({
        path: path.join(data!, row["file"]!),
        axes: row["axes"]!,
        lengths: row["shape"]!.split("x").map(Number),
      })),
    );
    const results = rows.map((row, i): DamageResult => {
      const file = row["file"]!;
      const reply = replies[i];
      expect(reply?.path, `${file} was never done with`).toBe(path.join(data!, file));
      expect(reply!.peakBytes, file).toBeLessThan(MOST_BYTES);
      if (reply!.md5 !== undefined) {
        const known = row["decodes"] === "yes";
        if (known) expect(reply!.md5, file).toBe(row["md5_series0_le"]);
        return { file, outcome: known ? "equal pixels" : "pixels; tifffile decodes none" };
      }
      expect(reply!.code, `${file}: ${reply!.message}`).toMatch(/^[A-Z_]+$/);
      expect(reply!.code).not.toBe("INTERNAL");
      expect(reply!.hint, file).toBe(true);
      expect(reply!.message).toContain(path.basename(file));
      const reason = reply!.message!.split(path.basename(file))[1]!.replace(/^(, |: | )/, "");
      return {
        file,
        outcome: "refused",
        code: reply!.code!,
        reason: reason.replace(/(strip|tile) \d+/, "$1"),
      };
    });
    await expect(resultLines(results)).toMatchFileSnapshot("malformed-results.json");
  }, 600_000);
});
