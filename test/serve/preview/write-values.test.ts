import { expect, test } from "vitest";
import { editNumbers } from "../../../shared/serve/preview/write-values.ts";

const edit = (text: string, ...edits: [path: (string | number)[], value: number][]) =>
  editNumbers(
    text,
    edits.map(([path, value]) => ({ path, value })),
  );

test("only the digits change: comments, quotes, order, spaces and line ends stay", () => {
  const yaml =
    '# a\r\nsteps:\r\n  s: { args: { sigma: 2.50 ,  size: [ 3, 5 ] }, in: "x" }  # b\r\n\r\nlast: ~\r\n';
  expect(edit(yaml, [["steps", "s", "args", "sigma"], 0.125], [["steps", "s", "args", "size", 1], 11])).toBe(
    yaml.replace("2.50", "0.125").replace("5 ]", "11 ]"),
  );
  const block = "args:\n    sigma:   1   # one\n    size:\n    - 3\n    - 5\n";
  expect(edit(block, [["args", "size", 0], 7], [["args", "sigma"], -2e-7])).toBe(
    "args:\n    sigma:   -2e-7   # one\n    size:\n    - 7\n    - 5\n",
  );
});

test("JSON stays JSON", () => {
  const json = '{\n\t"steps": {"s": {"args": {"sigma":1.5, "n":\t7}}}\n}\n';
  const edited = edit(json, [["steps", "s", "args", "sigma"], 12], [["steps", "s", "args", "n"], 8]);
  expect(edited).toBe('{\n\t"steps": {"s": {"args": {"sigma":12, "n":\t8}}}\n}\n');
  expect(JSON.parse(edited)).toEqual({ steps: { s: { args: { sigma: 12, n: 8 } } } });
});

test("a number that others share, or that isn't there, is left to the user", () => {
  const shared = "a: &n 3\nb: *n\n";
  for (const path of [["a"], ["b"], ["c"]])
    expect(() => edit(shared, [path, 4]), path[0]).toThrow(
      expect.objectContaining({ code: "INVALID_PIPELINE" }),
    );
});
