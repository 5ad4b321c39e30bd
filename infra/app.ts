import { App, Tags, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { DEFAULT_STACK } from "../shared/engine/aws/stack.ts";
import { toLamellaError } from "../shared/errors.ts";
import { readContext } from "./context.ts";
import { LamellaStack } from "./stack.ts";

/** The CDK app that `cdk.json` names: one stack, checked by cdk-nag at each synthesis. */
try {
  const app = new App();
  const { stackName, tags, options } = readContext(app.node.getAllContext());
  const stack = new LamellaStack(app, stackName ?? DEFAULT_STACK, {
    description: "Lamella: Dask arrays for big image data, on Step Functions and Lambda",
    ...options,
  });
  for (const [key, value] of Object.entries(tags)) Tags.of(stack).add(key, value);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
} catch (thrown) {
  const error = toLamellaError(thrown);
  if (error.code === "INTERNAL") throw thrown;
  process.stderr.write(
    `error[${error.code}]: ${error.message}\n${error.hint ? `hint: ${error.hint}\n` : ""}`,
  );
  process.exitCode = error.exitStatus;
}
