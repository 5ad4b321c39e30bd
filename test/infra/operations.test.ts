import { readFileSync } from "node:fs";
import path from "node:path";
import { Template } from "aws-cdk-lib/assertions";
import { describe, expect, it } from "vitest";
import { ALARM_METRICS } from "../../infra/rest-costs.ts";
import { costPerTb } from "../../scripts/docs/cost-per-tb.ts";
import { madeApp } from "../support/infra.ts";
import { VARIANTS } from "./variants.ts";

const text = readFileSync(path.resolve(import.meta.dirname, "../../docs/operations.md"), "utf8");
const alarms = Object.values(Template.fromStack(madeApp().stack).findResources("AWS::CloudWatch::Alarm"));

describe("docs/operations.md", () => {
  it("has a row for every alarm, and every alarm goes to the topic", () => {
    const names = alarms.map(({ Properties }) => String(Properties.AlarmName).replace(/^Lamella-|-\d$/g, ""));
    for (const name of names) expect(text).toContain(`| \`${name}\` |`);
    const rows = [...text.matchAll(/^\| `([a-z-]+)` \| /gm)].map(([, name]) => name);
    expect([...new Set(names)].sort()).toEqual(rows.filter((name) => names.includes(name!)).sort());
    for (const { Properties } of alarms) {
      expect(Properties.AlarmActions).toEqual([{ Ref: expect.stringMatching(/^NotificationsTopic/) }]);
      expect(Properties.OKActions).toEqual(Properties.AlarmActions);
    }
  });

  it("counts the metrics that alarms are paid for by", () => {
    const metrics = alarms.map(({ Properties }) => {
      const sum = Properties.Metrics as { MetricStat?: unknown }[] | undefined;
      return sum ? sum.filter((metric) => metric.MetricStat !== undefined).length : 1;
    });
    expect(metrics.reduce((a, b) => a + b, 0)).toBe(ALARM_METRICS);
    expect(Math.max(...metrics)).toBeLessThan(10);
  });

  it("says what the planner estimates for a TiB (`node scripts/docs/cost-per-tb.ts` prints it)", async () => {
    const held = /<!-- computed: cost-per-tb -->\s*([\s\S]*?)\s*<!-- end -->/.exec(text)?.[1];
    expect(held).toBe((await costPerTb()).trim());
  });
});

describe("a key of the stack's own", () => {
  const template = Template.fromStack(madeApp("Lamella", VARIANTS["all"]).stack);

  it("lets in the services that write under it, each bounded where it can be", () => {
    const [key] = Object.values(template.findResources("AWS::KMS::Key"));
    expect(key?.["DeletionPolicy"]).toBe("Retain");
    expect(key?.["Properties"].EnableKeyRotation).toBe(true);
    const statements = key?.["Properties"].KeyPolicy.Statement as { Sid?: string; Condition?: object }[];
    const bounded = Object.fromEntries(
      statements.map(({ Sid, Condition }) => [Sid ?? "", Condition !== undefined]),
    );
    expect(bounded).toMatchObject({
      LogGroupsOfThisAccount: true,
      AlarmsAndBudgetsToTheTopic: true,
      EventsToTheTopicAndTheQueue: false,
    });
  });

  it("encrypts buckets, queues, topic, logs, variables and the state machine; access logs alone are under S3's", () => {
    const all = (type: string) =>
      Object.values(template.findResources(type)).map(({ Properties }) => Properties);
    const buckets = all("AWS::S3::Bucket").map(
      ({ BucketEncryption }) =>
        BucketEncryption.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault,
    );
    expect(buckets.map(({ SSEAlgorithm }) => SSEAlgorithm).sort()).toEqual(["AES256", "aws:kms", "aws:kms"]);
    for (const queue of all("AWS::SQS::Queue")) expect(queue.KmsMasterKeyId).toBeDefined();
    for (const topic of all("AWS::SNS::Topic")) expect(topic.KmsMasterKeyId).toBeDefined();
    for (const group of all("AWS::Logs::LogGroup")) expect(group.KmsKeyId).toBeDefined();
    for (const made of all("AWS::Lambda::Function")) expect(made.KmsKeyArn).toBeDefined();
    for (const machine of all("AWS::StepFunctions::StateMachine"))
      expect(machine.EncryptionConfiguration).toMatchObject({ Type: "CUSTOMER_MANAGED_KMS_KEY" });
  });

  it("stands beside a network without a way out, a budget and a subscription", () => {
    template.resourceCountIs("AWS::EC2::NatGateway", 0);
    for (const { Properties } of Object.values(template.findResources("AWS::Lambda::Function")))
      expect(Properties.VpcConfig.SubnetIds).toHaveLength(2);
    template.hasResourceProperties("AWS::Budgets::Budget", {
      Budget: {
        BudgetLimit: { Amount: 500, Unit: "USD" },
        CostFilters: { TagKeyValue: ["user:lamella:stack$Lamella"] },
      },
    });
    template.hasResourceProperties("AWS::SNS::Subscription", {
      Protocol: "email",
      Endpoint: "sre@example.org",
    });
    template.hasResourceProperties("AWS::Events::Rule", {
      EventPattern: { source: ["aws.states"], detail: { status: ["FAILED", "TIMED_OUT"] } },
    });
  });
});

describe("the example of an own app", () => {
  it("makes a stack with the construct in it", async () => {
    await expect(import("../../examples/aws/own-stack.ts")).resolves.toBeDefined();
  });
});
