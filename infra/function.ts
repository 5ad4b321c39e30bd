import { ArnFormat, type Duration, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  type CfnFunction,
  Code,
  Function as LambdaFunction,
  Runtime,
  Tracing,
  type Version,
} from "aws-cdk-lib/aws-lambda";
import { type ILogGroup, LogGroup } from "aws-cdk-lib/aws-logs";
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
  /** Whose role and logs it has too, instead of its own: the same function with other memory. */
  readonly twin?: LamellaFunction;
}

const WRITE_TRACES = new PolicyStatement({
  effect: Effect.ALLOW,
  actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
  resources: ["*"],
});

/** One function of `functions/`: its bundle, and with its twins a role with exactly the given statements, and a log group. */
export class LamellaFunction extends Construct {
  readonly function: LambdaFunction;
  /**
   * The code and settings of this deployment, published: what runs invoke, so that one in flight never meets the code of a later
   * deployment. Earlier versions stay until the function goes.
   */
  readonly version: Version;
  readonly role: Role;
  readonly logGroup: ILogGroup;
  readonly timeout: Duration;
  readonly memoryMiB: number;

  constructor(scope: Construct, id: string, props: LamellaFunctionProps) {
    super(scope, id);
    this.timeout = props.timeout;
    this.memoryMiB = props.memoryMiB;
    const { key, network } = props.surroundings;
    this.logGroup = props.twin?.logGroup ?? this.#makeLogGroup(props);
    this.role = props.twin?.role ?? this.#makeRole(props);
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
      logGroup: this.logGroup,
      tracing: Tracing.ACTIVE,
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
      ...(props.deadLetterQueue ? { deadLetterQueue: props.deadLetterQueue, retryAttempts: 2 } : {}),
    });
    if (network) {
      // on the resource itself: CDK's own option would add a managed policy with rights beyond these to the role
      (this.function.node.defaultChild as CfnFunction).vpcConfig = {
        subnetIds: [...network.subnetIds],
        securityGroupIds: [...network.securityGroupIds],
      };
    }
    this.version = this.function.currentVersion;
  }

  /** Accepts one wildcard finding of cdk-nag on this function's role. */
  acknowledge(resource: string, reason: string): void {
    Validations.of(this.role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason });
  }

  #makeLogGroup({ surroundings: { key, logRetention } }: LamellaFunctionProps): LogGroup {
    return new LogGroup(this, "Logs", {
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(key ? { encryptionKey: key } : {}),
    });
  }

  #makeRole({ surroundings: { key, network }, statements }: LamellaFunctionProps): Role {
    const writeLogs = new PolicyStatement({
      effect: Effect.ALLOW,
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [this.logGroup.logGroupArn],
    });
    const surrounding = [
      ...(key ? [useKey(key)] : []),
      ...(network ? networkStatements(this.#functionsOfThisAccount()) : []),
    ];
    const role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      inlinePolicies: {
        Rights: new PolicyDocument({ statements: [writeLogs, WRITE_TRACES, ...surrounding, ...statements] }),
      },
    });
    const reason = "X-Ray, and a network's interfaces where there is one, have no resource-level rights.";
    Validations.of(role).acknowledge({ id: "AwsSolutions-IAM5[Resource::*]", reason });
    return role;
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
