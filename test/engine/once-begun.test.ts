import { expect, test } from "vitest";
import { onceBegun } from "../../shared/engine/once-begun.ts";
import { LamellaError } from "../../shared/errors.ts";

test("credentials that expire on the way end a run as a failure, and the hint says how to go on", () => {
  const expired = new LamellaError("NO_CREDENTIALS", "the AWS credentials have expired", {
    hint: "Renew them.",
    details: { bucket: "b" },
  });
  expect(expired.exitStatus).toBe(2);
  const error = onceBegun(expired, "go on with `lamella resume r`.");
  expect(error).toMatchObject({ code: "NO_CREDENTIALS", exitStatus: 1, details: { bucket: "b" } });
  expect(error.hint).toBe("Renew them. Then go on with `lamella resume r`.");
});

test("other errors end it as they are", () => {
  const full = new LamellaError("STORAGE_FULL", "the disk is full");
  expect(onceBegun(full, "go on.")).toBe(full);
});
