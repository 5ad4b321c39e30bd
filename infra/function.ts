import { ArnFormat, type Duration, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  type CfnFunction,
  Code,
  Function as LambdaFunction,
  Runtime,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { bundleOf, type FunctionName } from "./bundle.ts";
import { useKey } from "./permissions.ts";
import { networkStatements, type Surroundings } from "./surroundings.ts";

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
  readonly surroundings: Surroundings;
}

/** One function of `functions/`: its bundle, a role with exactly the given statements, and a log group of its own. */
export class LamellaFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly timeout: Duration;

  constructor(scope: Construct, id: string, props: LamellaFunctionProps) {
    super(scope, id);
    this.timeout = props.timeout;
    const { key, network, logRetention } = props.surroundings;
    const logGroup = new LogGroup(this, "Logs", {
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(key ? { encryptionKey: key } : {}),
    });
    const writeLogs = new PolicyStatement({
      effect: Effect.ALLOW,
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [logGroup.logGroupArn],
    });
    const surrounding = [
      ...(key ? [useKey(key)] : []),
      ...(network ? networkStatements(this.#functionsOfThisAccount()) : []),
    ];
    this.role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      inlinePolicies: {
        Rights: new PolicyDocument({ statements: [writeLogs, ...surrounding, ...props.statements] }),
      },
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
      environment: { ...props.surroundings.environment, ...props.environment },
      ...(key ? { environmentEncryption: key } : {}),
      logGroup,
      ...(props.deadLetterQueue ? { deadLetterQueue: props.deadLetterQueue, retryAttempts: 2 } : {}),
    });
    if (network) {
      // on the resource itself: CDK's own option would add a managed policy with rights beyond these to the role
      (this.function.node.defaultChild as CfnFunction).vpcConfig = {
        subnetIds: [...network.subnetIds],
        securityGroupIds: [...network.securityGroupIds],
      };
      this.acknowledge(
        "*",
        "Lambda's network interfaces have no resource-level rights; the function's code is denied them.",
      );
    }
  }

  /** Accepts one wildcard finding of cdk-nag on this function's role. */
  acknowledge(resource: string, reason: string): void {
    Validations.of(this.role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason });
  }

  #functionsOfThisAccount(): string {
    return Stack.of(this).formatArn({
      service: "lambda",
      resource: "function",
      resourceName: "*",
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }
}
