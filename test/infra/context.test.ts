import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { CONTEXT, checkOptions, readContext } from "../../infra/context.ts";
import { isLamellaError, type LamellaError } from "../../shared/errors.ts";

function refused(context: { [name: string]: unknown }): LamellaError {
  try {
    readContext(context);
  } catch (error) {
    if (isLamellaError(error)) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(context)} was accepted`);
}

describe("the app's context", () => {
  it("takes what cdk.json holds", () => {
    const { context } = JSON.parse(readFileSync(path.resolve(import.meta.dirname, "../../cdk.json"), "utf8"));
    expect(readContext(context)).toEqual({ stackName: "Lamella", tags: {}, options: {} });
  });

  it("reads text from the command line as it reads JSON", () => {
    const typed = {
      runRetentionDays: "7",
      versioning: "true",
      tags: "project=screens, owner=a=b",
      httpsHosts: "data.example.org, *.images.example.org",
      vpc: "vpc-0a1b2c3d",
      vpcSubnets: "subnet-0a1b2c3d,subnet-1a1b2c3d",
      vpcSecurityGroups: "sg-0a1b2c3d",
      inputBuckets: "lab-images,lab-plates/screens/2026,partner/x@arn:aws:iam::210987654321:role/reader",
      budgetUsd: "12.5",
    };
    const json = {
      runRetentionDays: 7,
      versioning: true,
      tags: { project: "screens", owner: "a=b" },
      httpsHosts: ["data.example.org", "*.images.example.org"],
      vpc: "vpc-0a1b2c3d",
      vpcSubnets: ["subnet-0a1b2c3d", "subnet-1a1b2c3d"],
      vpcSecurityGroups: ["sg-0a1b2c3d"],
      inputBuckets: [
        { bucket: "lab-images" },
        { bucket: "lab-plates", prefix: "screens/2026" },
        { bucket: "partner", prefix: "x", roleArn: "arn:aws:iam::210987654321:role/reader" },
      ],
      budgetUsd: 12.5,
    };
    expect(readContext(typed)).toEqual(readContext(json));
    const { tags, ...options } = json;
    expect(readContext(json)).toEqual({ tags, options });
  });

  it("leaves CDK's own names alone, and refuses unknown ones with the nearest", () => {
    expect(() =>
      readContext({ "@aws-cdk/core:x": true, "aws:cdk:enable-asset-metadata": true }),
    ).not.toThrow();
    expect(refused({ runRetentionDay: 3 })).toMatchObject({
      code: "UNKNOWN_KEY",
      hint: "Did you mean runRetentionDays?",
    });
  });

  it("says what a switch may be", () => {
    expect(() => readContext({ uploadKernels: "maybe" })).toThrow(
      "uploadKernels=maybe is neither true nor false",
    );
  });

  it.each([
    ["stackName", "1st"],
    ["runRetentionDays", "soon"],
    ["runRetentionDays", "0"],
    ["logRetentionDays", "31"],
    ["kmsKey", "mine"],
    ["versioning", "yes"],
    ["dataBucket", "Lab_Data"],
    ["inputBuckets", "lab/*"],
    ["inputBuckets", "lab@arn:aws:iam::1:role/x"],
    ["vpc", "default"],
    ["httpsHosts", "http://example.org"],
    ["httpsHosts", "10.0.0.1"],
    ["httpsHosts", "localhost"],
    ["httpsHosts", "public,example.org"],
    ["alarmEmail", "sre"],
    ["budgetUsd", "-1"],
    ["bioFormatsImage", "a b"],
    ["tags", "project"],
  ])("refuses %s=%s, and says what it would be", (name, value) => {
    const error = refused({ [name]: value });
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT", exitStatus: 2 });
    expect(error.message).toContain(`${name}=${value}`);
    expect(error.hint).toContain(name);
  });

  it("refuses what doesn't go together", () => {
    expect(refused({ vpc: "vpc-0a1b2c3d" }).message).toContain("vpcSubnets");
    expect(refused({ vpc: "own", vpcSubnets: "subnet-0a1b2c3d" }).message).toContain("vpcSubnets");
    expect(refused({ alarms: "false", alarmEmail: "a@example.org" }).message).toContain("alarmEmail");
    expect(refused({ runRetentionDays: "3" }).hint).toContain("runTimeoutHours to 72");
    expect(() => checkOptions({ runRetentionDays: 3, runTimeoutHours: 72 })).not.toThrow();
    expect(() => checkOptions({ vpc: "own" })).not.toThrow();
  });

  it("is explained name by name", () => {
    for (const [name, { meaning }] of Object.entries(CONTEXT))
      expect(meaning.length, name).toBeGreaterThan(10);
  });
});
