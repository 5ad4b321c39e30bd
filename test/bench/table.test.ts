import { expect, it } from "vitest";
import { formatNumber, formatTable } from "../../bench/table.ts";

it("aligns columns", () => {
  const table = formatTable({ head: ["", "CPU s"], rows: [["lamella", "8.05"]] });
  expect(table).toBe("|         | CPU s |\n| ------- | ----: |\n| lamella |  8.05 |");
});

it("keeps three significant digits, and all before the point", () => {
  expect([8.0512, 24.43, 898.2, 12_345.6, undefined].map(formatNumber)).toEqual([
    "8.05",
    "24.4",
    "898",
    "12346",
    "",
  ]);
});
