import { Template } from "aws-cdk-lib/assertions";
import { describe, expect, it } from "vitest";
import { madeApp } from "../support/infra.ts";

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

interface Intrinsic {
  readonly Ref?: string;
  readonly "Fn::GetAtt"?: readonly [logicalId: string, attribute: string];
  readonly "Fn::Join"?: readonly [separator: string, parts: readonly unknown[]];
}

const { stack } = madeApp();
const resources = (
  Template.fromStack(stack).toJSON() as { Resources: Record<string, { Type: string; Properties: never }> }
).Resources;

/** "Buckets/Data/incoming/*" for a resource in a statement: the construct's path, then what follows its ARN. */
function readable(resource: unknown): string {
  if (typeof resource === "string") return resource;
  const { Ref, "Fn::GetAtt": attribute, "Fn::Join": join } = resource as Intrinsic;
  if (attribute) return pathOf(attribute[0]);
  return join ? join[1].map(readable).join("") : `<${Ref}>`;
}

function pathOf(logicalId: string): string {
  const found = stack.node
    .findAll()
    .find((c) => "logicalId" in c && stack.resolve(c.logicalId) === logicalId);
  return (found?.node.path ?? logicalId).replace(/^Lamella\//, "").replace(/\/Resource$/, "");
}

/** Every statement of a role, own and added: "action on resource", sorted. */
function rightsOf(rolePath: string): string[] {
  const statements: Statement[] = [];
  for (const [id, { Type, Properties }] of Object.entries(resources)) {
    const properties = Properties as {
      Policies?: { PolicyDocument: { Statement: Statement[] } }[];
      Roles?: { Ref: string }[];
      PolicyDocument?: { Statement: Statement[] };
    };
    if (Type === "AWS::IAM::Role" && pathOf(id) === rolePath) {
      for (const policy of properties.Policies ?? []) statements.push(...policy.PolicyDocument.Statement);
    }
    if (Type === "AWS::IAM::Policy" && properties.Roles?.some(({ Ref }) => pathOf(Ref) === rolePath)) {
      statements.push(...properties.PolicyDocument!.Statement);
    }
  }
  return statements
    .flatMap(({ Effect, Action, Resource }) => {
      expect(Effect).toBe("Allow");
      return [Action].flat().flatMap((action) => [Resource].flat().map((r) => `${action} on ${readable(r)}`));
    })
    .sort();
}

const list = ["s3:ListBucket on Buckets/Control", "s3:ListBucket on Buckets/Data"];
const logs = (name: string): string[] => [
  `logs:CreateLogStream on Functions/${name}/Logs`,
  `logs:PutLogEvents on Functions/${name}/Logs`,
];
const sorted = (...rights: string[]): string[] => rights.sort();

describe("rights", () => {
  it.each(["RunTasks", "Reduce", "Pyramid"])(
    "%s reads images and its run, and writes chunks and receipts",
    (name) => {
      expect(rightsOf(`Functions/${name}/Role`)).toEqual(
        sorted(
          ...logs(name),
          ...list,
          "s3:GetObject on Buckets/Control/runs/*",
          "s3:GetObject on Buckets/Data/*",
          "s3:PutObject on Buckets/Control/runs/*",
          "s3:PutObject on Buckets/Data/*",
        ),
      );
    },
  );

  it("Plan may also remove what an overwriting run replaces", () => {
    expect(rightsOf("Functions/Plan/Role")).toEqual(
      sorted(
        ...logs("Plan"),
        ...list,
        "s3:DeleteObject on Buckets/Data/*",
        "s3:GetObject on Buckets/Control/runs/*",
        "s3:GetObject on Buckets/Control/uploads/*",
        "s3:GetObject on Buckets/Data/*",
        "s3:PutObject on Buckets/Control/runs/*",
        "s3:PutObject on Buckets/Data/*",
      ),
    );
  });

  it("Finalize may also remove claims and intermediates", () => {
    expect(rightsOf("Functions/Finalize/Role")).toEqual(
      sorted(
        ...logs("Finalize"),
        ...list,
        "s3:DeleteObject on Buckets/Control/runs/*",
        "s3:DeleteObject on Buckets/Data/*",
        "s3:GetObject on Buckets/Control/runs/*",
        "s3:GetObject on Buckets/Control/uploads/*",
        "s3:GetObject on Buckets/Data/*",
        "s3:PutObject on Buckets/Control/runs/*",
        "s3:PutObject on Buckets/Data/*",
      ),
    );
  });

  it("Ingest reaches incoming/, converted/ and its own records, starts runs, and leaves dead letters", () => {
    expect(rightsOf("Functions/Ingest/Role")).toEqual(
      sorted(
        ...logs("Ingest"),
        ...list,
        "s3:GetObject on Buckets/Control/uploads/*",
        "s3:GetObject on Buckets/Data/converted/*",
        "s3:GetObject on Buckets/Data/incoming/*",
        "s3:PutObject on Buckets/Control/uploads/*",
        "s3:PutObject on Buckets/Data/converted/*",
        "sqs:SendMessage on DeadLetters/Queue",
        "states:StartExecution on arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:stateMachine:Lamella",
      ),
    );
  });

  it("the state machine invokes five functions, reads manifests, and writes its maps' results", () => {
    const states = "arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>";
    const functions = ["Finalize", "Plan", "Pyramid", "Reduce", "RunTasks"];
    const unscoped = rightsOf("Runs/Role").filter((right) => right.endsWith(" on *"));
    expect(unscoped.every((right) => /^(logs|xray):/.test(right))).toBe(true);
    expect(rightsOf("Runs/Role").filter((right) => !right.endsWith(" on *"))).toEqual(
      sorted(
        ...functions.map((name) => `lambda:InvokeFunction on Functions/${name}/Function`),
        "s3:AbortMultipartUpload on Buckets/Control/maps/*",
        "s3:GetObject on Buckets/Control/maps/*",
        "s3:GetObject on Buckets/Control/runs/*",
        "s3:ListMultipartUploadParts on Buckets/Control/maps/*",
        "s3:PutObject on Buckets/Control/maps/*",
        `states:DescribeExecution on ${states}:execution:Lamella/*`,
        `states:DescribeExecution on ${states}:mapRun:Lamella/*`,
        `states:StartExecution on ${states}:stateMachine:Lamella`,
        `states:StopExecution on ${states}:execution:Lamella/*`,
        `states:StopExecution on ${states}:mapRun:Lamella/*`,
      ),
    );
  });
});
