/** Lamella in a CDK app of your own: `npx cdk deploy --app "node examples/aws/own-stack.ts"`. */
import { App, CfnOutput, Stack } from "aws-cdk-lib";
import { Lamella } from "lamella/infra";

const app = new App();
const stack = new Stack(app, "Imaging");
const lamella = new Lamella(stack, "Lamella", {
  name: "imaging",
  kmsKey: "own",
  versioning: true,
  httpsHosts: ["none"],
});
new CfnOutput(stack, "Images", { value: lamella.buckets.data.bucketName });
