import type { Finding, ValidationReport } from "../shared/validate/validate.ts";

/** A validation on stdout: a line a finding and what to do, then the verdict; one JSON document with --json. */
export function printValidation(report: ValidationReport, flags: { readonly json?: boolean }): void {
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return;
  }
  for (const finding of report.errors) print("error", finding);
  for (const finding of report.warnings) print("warning", finding);
  if (report.more > 0) process.stdout.write(`and ${report.more} more\n`);
  const what = `OME-NGFF ${report.version ?? "of no version"}${report.kind ? `, ${report.kind}` : ""}`;
  const verdict = report.valid ? "valid" : "not valid";
  const count = (n: number, word: string) => `${n} ${word}${n === 1 ? "" : "s"}`;
  process.stdout.write(
    `${verdict}: ${what}; ${count(report.errors.length, "error")}, ${count(report.warnings.length, "warning")}\n`,
  );
}

function print(word: string, { code, file, pointer, message, hint }: Finding): void {
  process.stdout.write(
    `${word}[${code}] ${file}${pointer === "" ? "" : `#${pointer}`}: ${message}\n  hint: ${hint}\n`,
  );
}
