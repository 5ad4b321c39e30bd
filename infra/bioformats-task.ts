import { RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import {
  FlowLogDestination,
  GatewayVpcEndpointAwsService,
  type IVpc,
  SubnetType,
  Vpc,
} from "aws-cdk-lib/aws-ec2";
import {
  type CfnCluster,
  Cluster,
  ContainerImage,
  ContainerInsights,
  FargateTaskDefinition,
  type ICluster,
  type ITaskDefinition,
  LogDrivers,
} from "aws-cdk-lib/aws-ecs";
import { EventField, Rule } from "aws-cdk-lib/aws-events";
import { EcsTask } from "aws-cdk-lib/aws-events-targets";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { LamellaBuckets } from "./buckets.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { inFolder, onObjects, useKey } from "./permissions.ts";
import type { Surroundings } from "./surroundings.ts";

export interface BioFormatsTaskProps {
  readonly buckets: LamellaBuckets;
  readonly deadLetters: DeadLetters;
  /** A container image with a shell, `aws` and `bfconvert`. */
  readonly image: string;
  readonly surroundings: Surroundings;
}

const CONTAINER = "bioformats";
/** Disk of a task: the image as it came, and as it is written. */
const DISK_GIB = 200;

/**
 * Reads an upload, writes it anew, and puts that where uploads are converted. The names come in variables, so that no
 * name of an object is ever a part of the script.
 */
export const SCRIPT = [
  "set -eu",
  "work=$(mktemp -d)",
  'file="$work/$(basename "$KEY")"',
  'name="$(echo "$KEY" | cut -d/ -f2-)"',
  'aws s3 cp "s3://$BUCKET/$KEY" "$file"',
  'bfconvert -noflat -bigtiff -no-upgrade -tilex 1024 -tiley 1024 "$file" "$work/written.ome.tif"',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the shell's
  'aws s3 cp "$work/written.ome.tif" "s3://$BUCKET/incoming/${name%.*}.ome.tif"',
].join("\n");

/**
 * The container task for formats that Bio-Formats alone reads: an object created under `bioformats/` of the data bucket
 * becomes an OME-TIFF under `incoming/`, which is converted as any other upload. Costs nothing while there are none.
 */
export class BioFormatsTask extends Construct {
  constructor(scope: Construct, id: string, props: BioFormatsTaskProps) {
    super(scope, id);
    const { buckets, deadLetters, image } = props;
    const { key, logRetention } = props.surroundings;
    const logs = (name: string): LogGroup =>
      new LogGroup(this, name, {
        retention: logRetention,
        removalPolicy: RemovalPolicy.DESTROY,
        ...(key ? { encryptionKey: key } : {}),
      });
    // A network without a way in, and to S3 by the gateway that costs nothing.
    const vpc = new Vpc(this, "Network", {
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: "Public", subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false }],
      gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
      flowLogs: { Rejected: { destination: FlowLogDestination.toCloudWatchLogs(logs("NetworkLogs")) } },
      restrictDefaultSecurityGroup: false,
    });
    const cluster = new Cluster(this, "Cluster", {
      vpc: vpc as IVpc,
      containerInsightsV2: ContainerInsights.ENABLED,
    });
    const task = new FargateTaskDefinition(this, "Task", {
      cpu: 2048,
      memoryLimitMiB: 8192,
      ephemeralStorageGiB: DISK_GIB,
    });
    task.addContainer("BioFormats", {
      containerName: CONTAINER,
      image: ContainerImage.fromRegistry(image),
      entryPoint: ["/bin/sh", "-c"],
      command: [SCRIPT],
      logging: LogDrivers.awsLogs({ logGroup: logs("Logs"), streamPrefix: "bioformats" }),
    });
    const from = inFolder(buckets.data, "bioformats");
    const to = inFolder(buckets.data, "incoming");
    const rights = [
      onObjects("s3:GetObject", from),
      onObjects("s3:PutObject", to),
      ...(key ? [useKey(key)] : []),
    ];
    for (const statement of rights) task.addToTaskRolePolicy(statement);

    new Rule(this, "ObjectCreated", {
      description: "Lets Bio-Formats write anew what is uploaded under bioformats/",
      eventPattern: {
        source: ["aws.s3"],
        detailType: ["Object Created"],
        detail: {
          bucket: { name: [buckets.data.bucketName] },
          object: { key: [{ prefix: "bioformats/" }] },
        },
      },
      targets: [
        new EcsTask({
          cluster: cluster as ICluster,
          taskDefinition: task as ITaskDefinition,
          subnetSelection: { subnetType: SubnetType.PUBLIC },
          assignPublicIp: true,
          deadLetterQueue: deadLetters.queue,
          containerOverrides: [
            {
              containerName: CONTAINER,
              environment: [
                { name: "BUCKET", value: EventField.fromPath("$.detail.bucket.name") },
                { name: "KEY", value: EventField.fromPath("$.detail.object.key") },
              ],
            },
          ],
        }),
      ],
    });

    const acknowledge = (resource: string, reason: string): void =>
      Validations.of(this).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason });
    acknowledge(from.finding, "Uploads may have any name; the right to read ends at the bioformats/ folder.");
    acknowledge(to.finding, "What is written anew is named as the upload; the right ends at incoming/.");
    const clusterId = Stack.of(this).getLogicalId(cluster.node.defaultChild as CfnCluster);
    acknowledge(
      `arn:<AWS::Partition>:ecs:<AWS::Region>:*:task/<${clusterId}>/*`,
      "Tasks have ids of their own; the right to tag them ends at this cluster.",
    );
  }
}
