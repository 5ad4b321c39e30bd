import { expect, test } from "vitest";
import { coldStarts } from "../../scripts/cold-start.ts";

const MB = 1e6;

test("functions load little before their first event", () => {
  // reduce and pyramid are what run-tasks is
  const starts = coldStarts(["plan", "run-tasks", "finalize", "ingest"], 1);
  expect(starts).toHaveLength(4);
  for (const { name, loadedBytes, zipBytes } of starts) {
    // plan compiles pipelines
    expect(loadedBytes, name).toBeLessThan(name === "plan" ? 1.5 * MB : MB);
    // those that neither compile nor read images
    if (name === "finalize" || name === "ingest") expect(zipBytes, name).toBeLessThan(MB);
  }
}, 120_000);
