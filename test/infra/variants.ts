import type { LamellaStackProps } from "../../infra/stack.ts";

const ACCOUNT = "123456789012";

/** Stacks with all options on and off, each different from the others where options exclude one another. */
export const VARIANTS: { readonly [name: string]: LamellaStackProps } = {
  default: {},
  bare: { alarms: false, dashboard: false, httpsHosts: ["none"] },
  all: {
    kmsKey: "own",
    versioning: true,
    vpc: "own",
    alarmEmail: "sre@example.org",
    budgetUsd: 500,
    uploadKernels: true,
    httpsHosts: ["*.example.org"],
    inputBuckets: [
      { bucket: "lab-images" },
      { bucket: "lab-plates", prefix: "screens/2026" },
      { bucket: "partner-images", roleArn: "arn:aws:iam::210987654321:role/lamella-reader" },
    ],
    bioFormatsImage: "lab/bioformats:8.3.0",
  },
  given: {
    kmsKey: `arn:aws:kms:us-east-1:${ACCOUNT}:key/0f0e0d0c-1111-2222-3333-444455556666`,
    dataBucket: "lab-data",
    vpc: "vpc-0a1b2c3d",
    vpcSubnets: ["subnet-0a1b2c3d", "subnet-1a1b2c3d"],
    vpcSecurityGroups: ["sg-0a1b2c3d"],
    inputBuckets: [
      {
        bucket: "lab-keyed",
        kmsKeyArn: `arn:aws:kms:us-east-1:${ACCOUNT}:key/1f0e0d0c-1111-2222-3333-444455556666`,
      },
    ],
    bioFormatsImage: "lab/bioformats:8.3.0",
  },
};
