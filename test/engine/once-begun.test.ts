import { expect, test } from "vitest";
import { onceBegun } from "../../shared/engine/once-begun.ts";
import { LamellaError } from "../../shared/errors.ts";

test.each(["NO_CREDENTIALS", "ACCESS_DENIED"] as const)(
  "%s on the way ends a run as a failure, and the hint says how to go on",
  (code) => {
    const lost = new LamellaError(code, "no longer", { hint: "Mend it.", details: { bucket: "b" } });
    expect(lost.exitStatus).toBe(2);
    const error = onceBegun(lost, "go on with `lamella resume r`.");
    expect(error).toMatchObject({ code, exitStatus: 1, details: { bucket: "b" } });
    expect(error.hint).toBe("Mend it. Then go on with `lamella resume r`.");
    expect(onceBegun(error, "again.").hint).toBe(error.hint);
  },
);

test("so does whatever else would have been the command's fault before anything was written", () => {
  const cut = new LamellaError("TIFF_TRUNCATED", "it ends before its data do", { hint: "Copy it again." });
  expect(onceBegun(cut, "go on.")).toMatchObject({
    code: "TIFF_TRUNCATED",
    exitStatus: 1,
    hint: "Copy it again.",
  });
});

test.each(["STORAGE_FULL", "OVER_MEMORY", "INTERRUPTED"] as const)("%s ends it as it is", (code) => {
  const error = new LamellaError(code, "as it is");
  expect(onceBegun(error, "go on.")).toBe(error);
});
