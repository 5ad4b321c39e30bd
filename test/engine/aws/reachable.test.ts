import { expect, it } from "vitest";
import { awsError } from "../../../shared/engine/aws/errors.ts";
import { planRun } from "../../../shared/engine/plan-run.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";

it("a plan for functions refuses places on a computer's own disk, before it reads any", async () => {
  const environment = { control: new MemoryStore(), onFunctions: true };
  for (const convert of [
    { src: "s3://bucket/in.ome.tif", dst: "/tmp/out.ome.zarr" },
    { src: "/etc/hostname", dst: "s3://bucket/out.ome.zarr" },
  ])
    await expect(planRun({ convert }, environment)).rejects.toMatchObject({ code: "UNSUPPORTED_URI" });
  await expect(planRun({ pipelineUri: "/tmp/pipeline.yaml" }, environment)).rejects.toMatchObject({
    code: "UNSUPPORTED_URI",
  });
});

it("says of a host that isn't there that it can't be reached", () => {
  const thrown = Object.assign(new Error("getaddrinfo ENOTFOUND states.xx-nowhere-1.amazonaws.com"), {
    code: "ENOTFOUND",
  });
  const error = awsError(thrown, "looking for stack Lamella");
  expect(error.message).toMatch(/can't be reached while looking for stack Lamella/);
  expect(error.hint).toContain("AWS_REGION");
});
