import { RemovalPolicy, Stack } from "aws-cdk-lib";
import {
  FlowLogDestination,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from "aws-cdk-lib/aws-ec2";
import { AnyPrincipal, Effect, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import type { InputBucket } from "./options.ts";

/** Where functions run, as Lambda takes it. */
export interface FunctionNetwork {
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

export interface LamellaNetworkProps {
  readonly buckets: readonly IBucket[];
  readonly inputBuckets: readonly InputBucket[];
  readonly logRetention: RetentionDays;
  readonly key: IKey | undefined;
}

/**
 * A network for the functions without a way out to the internet: two isolated subnets, S3 by a gateway that lets through
 * to the stack's buckets alone, and interfaces to Step Functions (`ingest` starts runs) and, where roles of other accounts are
 * taken on, to STS. Log lines and dead letters are sent by Lambda itself. Held by tests of the template; it has not run on AWS yet.
 */
export class LamellaNetwork extends Construct implements FunctionNetwork {
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];

  constructor(scope: Construct, id: string, props: LamellaNetworkProps) {
    super(scope, id);
    const { key, logRetention } = props;
    const vpc = new Vpc(this, "Vpc", {
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: "Functions", subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 20 }],
      flowLogs: {
        Rejected: {
          destination: FlowLogDestination.toCloudWatchLogs(
            new LogGroup(this, "Logs", {
              retention: logRetention,
              removalPolicy: RemovalPolicy.DESTROY,
              ...(key ? { encryptionKey: key } : {}),
            }),
          ),
        },
      },
      restrictDefaultSecurityGroup: false,
    });
    vpc
      .addGatewayEndpoint("S3", { service: GatewayVpcEndpointAwsService.S3 })
      .addToPolicy(reachable(this, props));

    const services = { States: InterfaceVpcEndpointAwsService.STEP_FUNCTIONS };
    const withRoles = props.inputBuckets.some(({ roleArn }) => roleArn !== undefined);
    const needed = withRoles ? { ...services, Sts: InterfaceVpcEndpointAwsService.STS } : services;
    const functions = new SecurityGroup(this, "Functions", {
      vpc: vpc as IVpc,
      description: "Functions of Lamella: HTTPS to the endpoints of this network and nothing else",
      allowAllOutbound: false,
    });
    functions.addEgressRule(Peer.anyIpv4(), Port.tcp(443), "HTTPS, to S3 by its gateway as well");
    for (const [name, service] of Object.entries(needed)) {
      const securityGroup = new SecurityGroup(this, `${name}Endpoint`, {
        vpc: vpc as IVpc,
        description: `HTTPS from the functions of Lamella to ${name}`,
        allowAllOutbound: false,
      });
      securityGroup.addIngressRule(functions, Port.tcp(443), "HTTPS from the functions");
      vpc.addInterfaceEndpoint(name, { service, open: false, securityGroups: [securityGroup] });
    }
    this.subnetIds = vpc.isolatedSubnets.map(({ subnetId }) => subnetId);
    this.securityGroupIds = [functions.securityGroupId];
  }
}

/** What the gateway to S3 lets through: whoever runs in the network reaches these buckets and no others. */
function reachable(scope: Construct, { buckets, inputBuckets }: LamellaNetworkProps): PolicyStatement {
  const { partition } = Stack.of(scope);
  const inputs = inputBuckets.map(({ bucket }) => `arn:${partition}:s3:::${bucket}`);
  return new PolicyStatement({
    effect: Effect.ALLOW,
    principals: [new AnyPrincipal()],
    actions: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"],
    resources: [...buckets.map(({ bucketArn }) => bucketArn), ...inputs].flatMap((arn) => [arn, `${arn}/*`]),
  });
}
