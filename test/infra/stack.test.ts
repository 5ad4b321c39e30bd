import path from "node:path";
import { Validations } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { AwsSolutionsChecks } from "cdk-nag";
import { describe, expect, it } from "vitest";
import { runDefinition } from "../../infra/definition.ts";
import { madeApp, withoutHashes } from "../support/infra.ts";
import { VARIANTS } from "./variants.ts";

// `npx vitest run test/infra -u` writes the golden files anew; read the difference before committing it
const golden = (name: string): string => path.join(import.meta.dirname, "golden", name);
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

describe("the stack's template", () => {
  const template = Template.fromStack(madeApp().stack);

  it("is the golden one", async () => {
    await expect(json(withoutHashes(template.toJSON()))).toMatchFileSnapshot(golden("template.json"));
  });

  it("holds the golden state machine", async () => {
    await expect(json(runDefinition())).toMatchFileSnapshot(golden("state-machine.asl.json"));
  });

  it("names the data bucket, the control bucket and the state machine in its outputs", () => {
    expect(Object.keys(template.findOutputs("*")).sort()).toEqual([
      "ControlBucket",
      "Dashboard",
      "DataBucket",
      "DeadLetterQueue",
      "RedriveQueue",
      "StateMachine",
      "Topic",
    ]);
  });

  it("runs every function on arm64 and Node 24, with a log group that expires", () => {
    const functions = Object.values(template.findResources("AWS::Lambda::Function"));
    expect(functions).toHaveLength(3 * 4 + 3);
    for (const { Properties } of functions) {
      expect(Properties).toMatchObject({ Architectures: ["arm64"], Runtime: "nodejs24.x" });
      expect(Properties.LoggingConfig.LogGroup).toBeDefined();
    }
    for (const { Properties } of Object.values(template.findResources("AWS::Logs::LogGroup"))) {
      expect(Properties.RetentionInDays).toBe(30);
    }
  });

  it("has each worker on every tier, under one role, and publishes a version of every function that outlives it", () => {
    const functions = Object.values(template.findResources("AWS::Lambda::Function"));
    const byRole = new Map<string, number[]>();
    for (const { Properties } of functions) {
      const role = JSON.stringify(Properties.Role);
      byRole.set(
        role,
        [...(byRole.get(role) ?? []), Properties.MemorySize].sort((a, b) => a - b),
      );
    }
    const tiers = [...byRole.values()].filter((memory) => memory.length > 1);
    expect(tiers).toEqual(Array(3).fill([1769, 3538, 7076, 10240]));
    expect(byRole.size).toBe(6);
    const versions = Object.values(template.findResources("AWS::Lambda::Version"));
    expect(versions).toHaveLength(functions.length);
    for (const { DeletionPolicy, UpdateReplacePolicy } of versions)
      expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(["Retain", "Retain"]);
  });

  it("invokes published versions alone, also from what the plan function is told", () => {
    const version = /"Ref":"Functions\w+CurrentVersion/;
    const [machine] = Object.values(template.findResources("AWS::StepFunctions::StateMachine"));
    for (const name of ["PlanFunction", "FinalizeFunction"])
      expect(JSON.stringify(machine!["Properties"].DefinitionSubstitutions[name])).toMatch(version);
    const { Variables } = Object.values(template.findResources("AWS::Lambda::Function"))
      .map(({ Properties }) => Properties.Environment)
      .find((environment) => environment?.Variables.RUN_TASKS_FUNCTIONS);
    for (const name of ["RUN_TASKS_FUNCTIONS", "REDUCE_FUNCTIONS", "PYRAMID_FUNCTIONS"])
      expect(JSON.stringify(Variables[name]).match(new RegExp(version, "g"))).toHaveLength(4);
    expect(Variables).toMatchObject({ TIERS_MB: "1769,3538,7076,10240", MAX_CONCURRENCY: "200" });
  });

  it("needs no custom resource and no function for one", () => {
    const types = Object.values(template.toJSON()["Resources"] as Record<string, { Type: string }>).map(
      (r) => r.Type,
    );
    expect(types.filter((type) => type.startsWith("Custom::"))).toEqual([]);
  });

  it("keeps buckets private, encrypted, behind TLS, and past the stack's end", () => {
    const buckets = Object.values(template.findResources("AWS::S3::Bucket"));
    expect(buckets).toHaveLength(3);
    for (const bucket of buckets) {
      expect(bucket["DeletionPolicy"]).toBe("Retain");
      expect(bucket["Properties"].BucketEncryption).toBeDefined();
      expect(Object.values(bucket["Properties"].PublicAccessBlockConfiguration)).toEqual([
        true,
        true,
        true,
        true,
      ]);
    }
    for (const policy of Object.values(template.findResources("AWS::S3::BucketPolicy"))) {
      const statements = policy["Properties"].PolicyDocument.Statement as {
        Effect: string;
        Condition?: unknown;
      }[];
      expect(statements).toContainEqual(
        expect.objectContaining({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
      );
    }
  });

  it("sends events of incoming/ alone to the ingest function, and lost ones to the dead letters", () => {
    template.hasResourceProperties("AWS::Events::Rule", {
      EventPattern: {
        source: ["aws.s3"],
        "detail-type": ["Object Created"],
        detail: { object: { key: [{ prefix: "incoming/" }] } },
      },
      Targets: [{ DeadLetterConfig: {}, RetryPolicy: { MaximumRetryAttempts: 10 } }],
    });
  });

  it("gives a second stack names of its own", () => {
    const second = Template.fromStack(madeApp("Second").stack);
    second.hasResourceProperties("AWS::StepFunctions::StateMachine", { StateMachineName: "Second" });
    second.hasResourceProperties("AWS::Logs::LogGroup", { LogGroupName: "/aws/vendedlogs/states/Second" });
    const named = JSON.stringify(second.toJSON()).match(/"(BucketName|FunctionName|RoleName|QueueName)":"/g);
    expect(named).toBeNull();
  });
});

describe("a stack's bounds", () => {
  it.each(Object.keys(VARIANTS))("%s stays far from CloudFormation's 500 resources and 1 MB", (name) => {
    const template = Template.fromStack(madeApp("Lamella", VARIANTS[name]).stack).toJSON();
    expect(Object.keys(template["Resources"]).length).toBeLessThanOrEqual(150);
    expect(JSON.stringify(template).length).toBeLessThanOrEqual(200_000);
  });
});

describe("two stacks in one account", () => {
  it("share no name, whatever their options", () => {
    const namesOf = (stackName: string): string[] => {
      const { Resources } = Template.fromStack(madeApp(stackName, VARIANTS["all"]).stack).toJSON();
      return (
        Object.values(Resources as Record<string, { Properties?: Record<string, unknown> }>)
          .flatMap(({ Properties = {} }) =>
            ["Name", "StateMachineName", "LogGroupName", "AlarmName", "DashboardName", "TopicName"].map(
              (key) => Properties[key],
            ),
          )
          .filter((name) => name !== undefined)
          .map((name) => JSON.stringify(name))
          // a name that follows from another resource's, which has none or is in the list itself
          .filter((name) => !name.startsWith('{"Ref":'))
      );
    };
    const first = namesOf("Lamella");
    const second = new Set(namesOf("Second"));
    expect(first.length).toBeGreaterThan(5);
    expect(first.filter((name) => second.has(name))).toEqual([]);
  });

  it("export nothing by name", () => {
    const outputs = Object.values(Template.fromStack(madeApp().stack).findOutputs("*"));
    expect(outputs.filter((output) => output["Export"] !== undefined)).toEqual([]);
  });
});

describe.each(Object.keys(VARIANTS))("cdk-nag's AWS Solutions rules, %s", (name) => {
  const { app } = madeApp("Lamella", VARIANTS[name]);

  it("find nothing that isn't acknowledged", () => {
    expect(new AwsSolutionsChecks(app).validateScope(app).violations).toEqual([]);
  });

  it("are acknowledged one by one, with reasons, for wildcards in resources alone", () => {
    const acknowledged = app.node
      .findAll()
      .flatMap((construct) => construct.node.metadata)
      .filter((entry) => entry.type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap((entry) => Object.entries(entry.data as Record<string, unknown>))
      // what CDK's own constructs say to CDK's own validator, of a Vpc's zones and flow logs, and a task's disk
      .filter(([rule]) => !/^CloudFormation-Validate::(?:W3010|F3002|F3003)$/.test(rule));
    expect(acknowledged.length).toBeGreaterThan(0);
    for (const [rule, reason] of acknowledged) {
      expect(rule).toMatch(/^Annotation::AwsSolutions-IAM5\[Resource::.+\]$/i);
      expect(JSON.stringify(reason).length).toBeGreaterThan(30);
    }
  });
});
