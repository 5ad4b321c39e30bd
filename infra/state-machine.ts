import { ArnFormat, Aws, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { CfnFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import {
  CustomerManagedEncryptionConfiguration,
  DefinitionBody,
  LogLevel,
  StateMachine,
  StateMachineType,
} from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";
import { PARTITION } from "./asl.ts";
import type { LamellaBuckets } from "./buckets.ts";
import { runDefinition } from "./definition.ts";
import type { LamellaFunctions } from "./functions.ts";
import { inFolder, onObjects, useKey } from "./permissions.ts";
import type { Surroundings } from "./surroundings.ts";

export interface RunStateMachineProps {
  readonly buckets: LamellaBuckets;
  readonly functions: LamellaFunctions;
  /** The machine's name: known before it exists, so that its role can name it. */
  readonly name: string;
  readonly surroundings: Surroundings;
  readonly timeoutHours: number;
}

/** Carries out runs; see `definition.ts` for its states. */
export class RunStateMachine extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: RunStateMachineProps) {
    super(scope, id);
    const { buckets, functions, name, timeoutHours } = props;
    const { key, logRetention } = props.surroundings;
    const stack = Stack.of(this);
    const service = "states";
    const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
    this.arn = stack.formatArn({ service, resource: "stateMachine", resourceName: name, arnFormat });
    const invoked = functions.invoked;
    // a Map Run's children are executions of "<machine>/<label>"
    const executions = ["execution", "mapRun"].map((resource) =>
      stack.formatArn({ service, resource, resourceName: `${name}/*`, arnFormat }),
    );
    // and the execution in which a run of very many stages goes on is one of "<machine>" itself
    executions.push(
      stack.formatArn({ service, resource: "execution", resourceName: `${name}:*`, arnFormat }),
    );
    const manifests = inFolder(buckets.control, "runs");
    const results = inFolder(buckets.control, "maps");
    const multipart = ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"];

    const role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("states.amazonaws.com"),
      inlinePolicies: {
        Rights: new PolicyDocument({
          statements: [
            new PolicyStatement({
              effect: Effect.ALLOW,
              actions: ["lambda:InvokeFunction"],
              // runs that began before a deployment go on with the versions that they began with
              resources: invoked.map((made) => `${made.function.functionArn}:*`),
            }),
            new PolicyStatement({
              effect: Effect.ALLOW,
              actions: ["states:StartExecution"],
              resources: [this.arn],
            }),
            new PolicyStatement({
              effect: Effect.ALLOW,
              actions: ["states:DescribeExecution", "states:StopExecution"],
              resources: executions,
            }),
            new PolicyStatement({
              effect: Effect.ALLOW,
              actions: ["events:PutTargets", "events:PutRule", "events:DescribeRule"],
              // by which Step Functions learns that the execution in which a long run goes on has ended
              resources: [
                stack.formatArn({
                  service: "events",
                  resource: "rule",
                  resourceName: "StepFunctionsGetEventsForStepFunctionsExecutionRule",
                }),
              ],
            }),
            onObjects("s3:GetObject", manifests, results),
            onObjects("s3:PutObject", results),
            new PolicyStatement({ effect: Effect.ALLOW, actions: multipart, resources: [results.arn] }),
            ...(key ? [useKey(key)] : []),
          ],
        }),
      },
    });
    const logs = new LogGroup(this, "Logs", {
      // the prefix keeps the log group's resource policy within its size limit whatever the number of machines
      logGroupName: `/aws/vendedlogs/states/${name}`,
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(key ? { encryptionKey: key } : {}),
    });
    const machine = new StateMachine(this, "Machine", {
      stateMachineName: name,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(definitionText(timeoutHours)),
      definitionSubstitutions: {
        ControlBucket: buckets.control.bucketName,
        PlanFunction: functions.plan.version.functionArn,
        FinalizeFunction: functions.finalize.version.functionArn,
      },
      role,
      logs: { destination: logs, level: LogLevel.ALL, includeExecutionData: false },
      tracingEnabled: true,
      ...(key ? { encryptionConfiguration: new CustomerManagedEncryptionConfiguration(key) } : {}),
    });
    machine.node.addDependency(role);

    const acknowledge = (resource: string, reason: string): void =>
      Validations.of(role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason });
    acknowledge("*", "Log delivery and X-Ray have no resource-level rights; CDK adds exactly their actions.");
    acknowledge(manifests.finding, "A run's id is not known at deployment; the right to read ends at runs/.");
    acknowledge(results.finding, "Executions have names of their own; the right ends at the maps/ folder.");
    for (const pattern of [`execution:${name}/*`, `mapRun:${name}/*`, `execution:${name}:*`]) {
      const finding = `arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:${pattern}`;
      acknowledge(finding, "Executions have generated names; the right ends at this machine's own.");
    }
    for (const made of invoked) {
      const logicalId = stack.getLogicalId(made.function.node.defaultChild as CfnFunction);
      acknowledge(
        `<${logicalId}.Arn>:*`,
        "Every published version of one function: runs go on with the version that they began with.",
      );
    }
  }
}

/** With the partition as CloudFormation's own reference: checkers resolve that, and no substitution of a definition. */
function definitionText(timeoutHours: number): string {
  const definition = { ...runDefinition(), TimeoutSeconds: timeoutHours * 3600 };
  return JSON.stringify(definition, undefined, 1).replaceAll(PARTITION, Aws.PARTITION);
}
