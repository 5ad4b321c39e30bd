import { type Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Architecture, Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { bundleOf, type FunctionName } from "./bundle.ts";

export interface LamellaFunctionProps {
  /** The folder under `functions/`. */
  readonly name: FunctionName;
  readonly description: string;
  readonly memoryMiB: number;
  readonly timeout: Duration;
  readonly environment: { readonly [name: string]: string };
  readonly statements: readonly PolicyStatement[];
  /** Takes asynchronous events that failed after all attempts. */
  readonly deadLetterQueue?: IQueue;
}

/** One function of `functions/`: its bundle, a role with exactly the given statements, and a log group of its own. */
export class LamellaFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: LamellaFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, "Logs", {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const writeLogs = new PolicyStatement({
      effect: Effect.ALLOW,
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [logGroup.logGroupArn],
    });
    this.role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      inlinePolicies: { Rights: new PolicyDocument({ statements: [writeLogs, ...props.statements] }) },
    });
    this.function = new LambdaFunction(this, "Function", {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: "index.handler",
      code: Code.fromAsset(bundleOf(props.name)),
      // the concrete role has no policy of its own to add to: what it may do is listed above and nowhere else
      role: this.role.withoutPolicyUpdates(),
      memorySize: props.memoryMiB,
      timeout: props.timeout,
      environment: { ...props.environment },
      logGroup,
      ...(props.deadLetterQueue ? { deadLetterQueue: props.deadLetterQueue, retryAttempts: 2 } : {}),
    });
  }

  /** Accepts one wildcard finding of cdk-nag on this function's role. */
  acknowledge(resource: string, reason: string): void {
    Validations.of(this.role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason });
  }
}
