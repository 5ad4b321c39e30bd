import { expect, it } from "vitest";
import { LamellaError } from "../shared/errors.ts";

const SIGNED = "https://h.org/a.zarr?X-Amz-Credential=me%2F1&X-Amz-Signature=secret";

it("keeps signatures of web addresses out of errors, which are logged and sent on", () => {
  const error = new LamellaError(
    "INPUT_CHANGED",
    `${SIGNED}/0/0 has changed, as (${SIGNED}), and ${SIGNED}#0: why?`,
    {
      hint: `Read ${SIGNED}.`,
      details: { uri: SIGNED, count: 2 },
    },
  );
  expect(error.toJSON()).toEqual({
    code: "INPUT_CHANGED",
    message:
      "https://h.org/a.zarr?... has changed, as (https://h.org/a.zarr?...), and https://h.org/a.zarr?...#0: why?",
    hint: "Read https://h.org/a.zarr?....",
    details: { uri: "https://h.org/a.zarr?...", count: 2 },
  });
});

it("leaves what is no query of a web address", () => {
  const message = "s3://bucket/what?.tif is there; did you mean a? See https://h.org/page, or not?";
  expect(new LamellaError("NOT_FOUND", message).message).toBe(message);
});
