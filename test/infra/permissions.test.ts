import { Template } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, it } from "vitest";
import { madeApp } from "../support/infra.ts";
import { VARIANTS } from "./variants.ts";

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: object;
}

interface Intrinsic {
  readonly Ref?: string;
  readonly "Fn::GetAtt"?: readonly [logicalId: string, attribute: string];
  readonly "Fn::Join"?: readonly [separator: string, parts: readonly unknown[]];
}

let { stack } = madeApp();
let resources = resourcesOf(stack);

function resourcesOf(of: typeof stack): Record<string, { Type: string; Properties: never }> {
  return (
    Template.fromStack(of).toJSON() as { Resources: Record<string, { Type: string; Properties: never }> }
  ).Resources;
}

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
  return (found?.node.path ?? logicalId).replace(/^Lamella\/(?:Default\/)?/, "").replace(/\/Resource$/, "");
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
    .flatMap(({ Effect, Action, Resource, Condition }) => {
      const never = Effect === "Deny" ? "never " : "";
      const under = Condition ? ` where ${JSON.stringify(stack.resolve(Condition))}` : "";
      return [Action]
        .flat()
        .flatMap((action) => [Resource].flat().map((r) => `${never}${action} on ${readable(r)}${under}`));
    })
    .sort();
}

const list = ["s3:ListBucket on Buckets/Control", "s3:ListBucket on Buckets/Data"];
const logs = (name: string): string[] => [
  `logs:CreateLogStream on Functions/${name}/Logs`,
  `logs:PutLogEvents on Functions/${name}/Logs`,
  "xray:PutTelemetryRecords on *",
  "xray:PutTraceSegments on *",
];
const sorted = (...rights: string[]): string[] => rights.sort();
/** Bundles of kernels come from those who submit; what is written under incoming/ would start a run. */
const never = [
  "never s3:PutObject on Buckets/Control/runs/*/kernels/*",
  "never s3:PutObject on Buckets/Data/incoming/*",
];

describe("rights", () => {
  it.each(["RunTasks", "Reduce", "Pyramid"])(
    "%s reads images and runs, and writes chunks, intermediates and receipts: no plan, no kernel, no manifest, no state",
    (name) => {
      expect(rightsOf(`Functions/${name}/Role`)).toEqual(
        sorted(
          ...logs(name),
          ...list,
          "s3:GetObject on Buckets/Control/runs/*",
          "s3:GetObject on Buckets/Data/*",
          "s3:PutObject on Buckets/Control/runs/*/checkpoints/*",
          "s3:PutObject on Buckets/Control/runs/*/data/*",
          "s3:PutObject on Buckets/Control/runs/*/failures/*",
          "s3:PutObject on Buckets/Control/runs/*/label/*",
          "s3:PutObject on Buckets/Control/runs/*/receipts/*",
          "s3:PutObject on Buckets/Control/runs/*/state/*",
          "s3:PutObject on Buckets/Control/runs/*/working/*",
          "s3:PutObject on Buckets/Data/*",
          ...never,
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
        ...never,
      ),
    );
  });

  it("Finalize may also remove claims and intermediates", () => {
    expect(rightsOf("Functions/Finalize/Role")).toEqual(
      sorted(
        ...logs("Finalize"),
        ...list,
        "s3:DeleteObject on Buckets/Control/runs/*/checkpoints/*",
        "s3:DeleteObject on Buckets/Control/runs/*/data/*",
        "s3:DeleteObject on Buckets/Control/runs/*/label/*",
        "s3:DeleteObject on Buckets/Control/runs/*/state/*",
        "s3:DeleteObject on Buckets/Control/runs/*/working/*",
        "s3:DeleteObject on Buckets/Data/*",
        "s3:GetObject on Buckets/Control/runs/*",
        "s3:GetObject on Buckets/Control/uploads/*",
        "s3:GetObject on Buckets/Data/*",
        "s3:PutObject on Buckets/Control/runs/*",
        "s3:PutObject on Buckets/Data/*",
        ...never,
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
        "sqs:DeleteMessage on DeadLetters/Again",
        "sqs:GetQueueAttributes on DeadLetters/Again",
        "sqs:ReceiveMessage on DeadLetters/Again",
        "sqs:SendMessage on DeadLetters/Queue",
        "states:StartExecution on arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:stateMachine:Lamella",
      ),
    );
  });

  it("the state machine invokes versions of five functions, reads manifests, goes on in executions of its own, and writes its maps' results", () => {
    const states = "arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>";
    const functions = ["Finalize", "Plan", "Pyramid", "Reduce", "RunTasks"].map((name) => `${name}/Function`);
    const tiers = ["Pyramid", "Reduce", "RunTasks"].flatMap((name) =>
      [3538, 7076, 10240].map((tier) => `${name}${tier}/Function`),
    );
    const unscoped = rightsOf("Runs/Role").filter((right) => right.endsWith(" on *"));
    expect(unscoped.every((right) => /^(logs|xray):/.test(right))).toBe(true);
    expect(rightsOf("Runs/Role").filter((right) => !right.endsWith(" on *"))).toEqual(
      sorted(
        ...[...functions, ...tiers].map((path) => `lambda:InvokeFunction on Functions/${path}:*`),
        ...["DescribeRule", "PutRule", "PutTargets"].map(
          (action) =>
            `events:${action} on arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule`,
        ),
        "s3:AbortMultipartUpload on Buckets/Control/maps/*",
        "s3:GetObject on Buckets/Control/maps/*",
        "s3:GetObject on Buckets/Control/runs/*",
        "s3:ListMultipartUploadParts on Buckets/Control/maps/*",
        "s3:PutObject on Buckets/Control/maps/*",
        `states:DescribeExecution on ${states}:execution:Lamella/*`,
        `states:DescribeExecution on ${states}:execution:Lamella:*`,
        `states:DescribeExecution on ${states}:mapRun:Lamella/*`,
        `states:StartExecution on ${states}:stateMachine:Lamella`,
        `states:StopExecution on ${states}:execution:Lamella/*`,
        `states:StopExecution on ${states}:execution:Lamella:*`,
        `states:StopExecution on ${states}:mapRun:Lamella/*`,
      ),
    );
  });
});

describe("rights where uploads may use published kernels", () => {
  beforeAll(() => {
    ({ stack } = madeApp("Lamella", { uploadKernels: true }));
    resources = resourcesOf(stack);
  });

  const kernels = (name: string): string[] =>
    rightsOf(`Functions/${name}/Role`).filter((right) => right.includes("kernels/"));

  it.each(["RunTasks", "Reduce", "Pyramid", "Plan"])("%s reads them", (name) => {
    expect(kernels(name)).toEqual([
      "never s3:PutObject on Buckets/Control/kernels/*",
      "never s3:PutObject on Buckets/Control/runs/*/kernels/*",
      "s3:GetObject on Buckets/Control/kernels/*",
    ]);
  });

  it("Finalize and Ingest don't, and no role writes any: deployers alone do", () => {
    expect(kernels("Finalize")).toEqual([
      "never s3:PutObject on Buckets/Control/kernels/*",
      "never s3:PutObject on Buckets/Control/runs/*/kernels/*",
    ]);
    expect(kernels("Ingest")).toEqual([]);
    for (const name of ["RunTasks", "Reduce", "Pyramid", "Plan", "Finalize", "Ingest"])
      for (const right of rightsOf(`Functions/${name}/Role`))
        if (/^s3:(?:Put|Delete)Object on Buckets\/Control/.test(right))
          expect(right).toMatch(/Control\/(?:runs|uploads)\//);
  });

  it("without the option no function knows of them", () => {
    const text = JSON.stringify(Template.fromStack(madeApp().stack).toJSON());
    expect(text).not.toMatch(/UPLOAD_KERNELS|upload-kernels|"\/kernels\/\*"/);
    const allowed = JSON.stringify(Template.fromStack(stack).toJSON());
    expect(allowed.match(/"UPLOAD_KERNELS":"true"/g)).toHaveLength(1);
    expect(allowed).toContain('{"Key":"lamella:upload-kernels","Value":"true"}');
  });
});

describe("rights with a key, a network and further buckets", () => {
  beforeAll(() => {
    ({ stack } = madeApp("Lamella", VARIANTS["all"]));
    resources = resourcesOf(stack);
  });

  const functions = ["RunTasks", "Reduce", "Pyramid", "Plan", "Finalize", "Ingest"];
  const extra = (name: string, service: RegExp): string[] =>
    rightsOf(`Functions/${name}/Role`).filter((right) => service.test(right));

  it.each(functions)("%s uses the stack's key alone", (name) => {
    expect(extra(name, /\bkms:/)).toEqual(["kms:Decrypt on Key", "kms:GenerateDataKey on Key"]);
  });

  it.each(functions)("%s lets Lambda make network interfaces, which its own code can't", (name) => {
    const actions = [
      "AssignPrivateIpAddresses",
      "CreateNetworkInterface",
      "DeleteNetworkInterface",
      "DescribeNetworkInterfaces",
      "DescribeSubnets",
      "UnassignPrivateIpAddresses",
    ];
    const rights = extra(name, /\bec2:/);
    expect(rights.filter((right) => !right.startsWith("never"))).toEqual(actions.map((a) => `ec2:${a} on *`));
    const denied = rights.filter((right) => right.startsWith("never"));
    expect(denied).toHaveLength(actions.length);
    for (const right of denied)
      expect(right).toMatch(/^never ec2:\w+ on \* where .*lambda:SourceFunctionArn/);
  });

  it.each(["RunTasks", "Reduce", "Pyramid", "Plan"])(
    "%s reads the further buckets, and writes none",
    (name) => {
      expect(extra(name, /lab-|partner|sts:/)).toEqual(
        [
          "s3:GetObject on arn:<AWS::Partition>:s3:::lab-images/*",
          "s3:GetObject on arn:<AWS::Partition>:s3:::lab-plates/screens/2026/*",
          "s3:ListBucket on arn:<AWS::Partition>:s3:::lab-images",
          'in the folder alone: s3:ListBucket on arn:<AWS::Partition>:s3:::lab-plates where {"StringLike":{"s3:prefix":["screens/2026","screens/2026/*"]}}',
          "sts:AssumeRole on arn:aws:iam::210987654321:role/lamella-reader",
        ].map((right) => right.replace("in the folder alone: ", "")),
      );
    },
  );

  it("Finalize lists them, where pinned inputs are looked at again, and reads none", () => {
    expect(extra("Finalize", /lab-|partner|sts:/)).toEqual([
      "s3:ListBucket on arn:<AWS::Partition>:s3:::lab-images",
      's3:ListBucket on arn:<AWS::Partition>:s3:::lab-plates where {"StringLike":{"s3:prefix":["screens/2026","screens/2026/*"]}}',
      "sts:AssumeRole on arn:aws:iam::210987654321:role/lamella-reader",
    ]);
  });

  it("Ingest has no right to them", () => {
    expect(extra("Ingest", /lab-|partner|sts:/)).toEqual([]);
  });
});
