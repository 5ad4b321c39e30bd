import { describe, expect, it } from "vitest";
import { checkFlags } from "../../cli/flag-rules.ts";
import { type RunPipelineFlags, runPipeline } from "../../cli/run-pipeline.ts";
import { type ViewFlags, viewHere } from "../../cli/view-here.ts";

const refusal = (message: string, hint: string) =>
  expect.objectContaining({ code: "INVALID_ARGUMENT", message, hint: expect.stringContaining(hint) });

describe("checkFlags", () => {
  const rules = [
    { flag: "part-size", needs: "convert", hint: "Add it." },
    { flag: "quiet", excludes: "on aws", hint: "Leave it out." },
  ];

  it("refuses an option that another one leaves without meaning", () => {
    expect(() => checkFlags({ partSize: 0 }, rules)).toThrow(
      refusal("--part-size needs --convert", "Add it."),
    );
    expect(() => checkFlags({ partSize: 1, convert: false }, rules)).toThrow("needs --convert");
    expect(() => checkFlags({ quiet: true, on: "aws" }, rules)).toThrow(
      refusal("--quiet does not go with --on aws", "Leave it out."),
    );
  });

  it("lets everything else pass", () => {
    for (const flags of [
      {},
      { partSize: 1, convert: true },
      { quiet: true, on: "local" },
      { quiet: false, on: "aws" },
    ])
      expect(() => checkFlags(flags, rules)).not.toThrow();
  });
});

describe("runPipeline", () => {
  it.each([
    [{ on: "local", detach: true }, "--detach needs --on aws", "ends with this process"],
    [{ on: "local", stack: "lab" }, "--stack does not go with --on local", "--on aws"],
    [{ on: "local", verify: true }, "--verify needs --resume", "leave --verify out"],
    [{ on: "local", resume: "r", overwrite: true }, "--overwrite does not go with --resume", "begin again"],
    [{ on: "local", resume: "r", memory: 900 }, "--memory does not go with --resume", "--workers"],
    [{ on: "aws", workers: 2 }, "--workers does not go with --on aws", "this computer"],
    [{ on: "lambda", runs: "d" }, "--runs does not go with --on lambda", "this computer"],
    [{ detach: true }, "--detach needs --on aws", "ends with this process"],
    [{ stack: "lab" }, "--stack needs --on aws or --on lambda", "--on aws"],
  ] satisfies [RunPipelineFlags, string, string][])(
    "refuses %j before it reads anything",
    (flags, message, hint) =>
      expect(runPipeline("nothing.yaml", flags)).rejects.toThrow(refusal(message, hint)),
  );
});

describe("viewHere", () => {
  it.each([
    [{ runs: "d" }, "--runs needs --run"],
    [{ stack: "lab" }, "--stack needs --run"],
    [{ on: "aws" }, "--on needs --run"],
  ] satisfies [Partial<ViewFlags>, string][])("refuses %j without a run", (flags, message) =>
    expect(viewHere(["nothing.zarr"], { open: false, ...flags })).rejects.toThrow(message),
  );
});
