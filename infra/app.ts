import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { DEFAULT_STACK } from "../shared/engine/aws/stack.ts";
import { LamellaStack } from "./stack.ts";

/** The CDK app that `cdk.json` names: one stack, checked by cdk-nag at each synthesis. */
const app = new App();
const text = (name: string): string | undefined => {
  const value: unknown = app.node.tryGetContext(name);
  return value === undefined || value === "" ? undefined : String(value);
};

new LamellaStack(app, text("stackName") ?? DEFAULT_STACK, {
  description: "Lamella: Dask arrays for big image data, on Step Functions and Lambda",
  runRetentionDays: Number(text("runRetentionDays") ?? 30),
  bioFormatsImage: text("bioFormatsImage"),
});
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
