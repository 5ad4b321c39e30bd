import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { Template } from "aws-cdk-lib/assertions";
import { AwsSolutionsChecks } from "cdk-nag";
import { describe, expect, it } from "vitest";
import { SCRIPT } from "../../infra/bioformats-task.ts";
import { madeApp } from "../support/infra.ts";

const IMAGE = "lab/bioformats:8.3.0";

describe("the container task for other formats", () => {
  const { app, stack } = madeApp("Lab", { bioFormatsImage: IMAGE });
  const template = Template.fromStack(stack);

  it("is there only where an image is given", () => {
    expect(Template.fromStack(madeApp().stack).findResources("AWS::ECS::TaskDefinition")).toEqual({});
    template.resourceCountIs("AWS::ECS::TaskDefinition", 1);
  });

  it("runs the image on Fargate for objects of bioformats/ alone, with their names in variables", () => {
    template.hasResourceProperties("AWS::ECS::TaskDefinition", {
      ContainerDefinitions: [{ Image: IMAGE, EntryPoint: ["/bin/sh", "-c"], Command: [SCRIPT] }],
      RequiresCompatibilities: ["FARGATE"],
    });
    template.hasResourceProperties("AWS::Events::Rule", {
      EventPattern: {
        "detail-type": ["Object Created"],
        detail: { object: { key: [{ prefix: "bioformats/" }] } },
      },
      Targets: [
        {
          DeadLetterConfig: {},
          EcsParameters: { LaunchType: "FARGATE" },
          InputTransformer: {
            InputPathsMap: {
              "detail-bucket-name": "$.detail.bucket.name",
              "detail-object-key": "$.detail.object.key",
            },
          },
        },
      ],
    });
  });

  it("reads bioformats/ and writes incoming/, and has no other right in the bucket", () => {
    const rights = Object.values(template.findResources("AWS::IAM::Policy"))
      .filter(({ Properties }) => /BioFormatsTaskTaskRole/.test(JSON.stringify(Properties.Roles)))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .map(({ Action, Resource }) => [Action, JSON.stringify(Resource).match(/\/\w+\/\*/)?.[0]]);
    expect(rights).toEqual([
      ["s3:GetObject", "/bioformats/*"],
      ["s3:PutObject", "/incoming/*"],
    ]);
  });

  it("has no network costs while idle, and no custom resource", () => {
    template.resourceCountIs("AWS::EC2::NatGateway", 0);
    const types = Object.values(template.toJSON()["Resources"] as Record<string, { Type: string }>);
    expect(types.filter(({ Type }) => Type.startsWith("Custom::"))).toEqual([]);
  });

  it("leaves cdk-nag no finding that isn't acknowledged", () => {
    expect(new AwsSolutionsChecks(app).validateScope(app).violations).toEqual([]);
  });
});

describe("its script", () => {
  it("copies here, writes anew, copies back under incoming/, whatever the name", async () => {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-task-"));
    try {
      const fake = (name: string) =>
        fs.writeFile(path.join(folder, name), `#!/bin/sh\necho ${name} "$@" >> "${folder}/calls"\n`, {
          mode: 0o755,
        });
      await Promise.all(["aws", "bfconvert"].map(fake));
      const env = {
        PATH: `${folder}:/usr/bin:/bin`,
        BUCKET: "data",
        KEY: "bioformats/lab 1/$(touch oops) cells.v2.nd2",
      };
      await promisify(execFile)("/bin/sh", ["-c", SCRIPT], { env, cwd: folder });
      const calls = (await fs.readFile(path.join(folder, "calls"), "utf8")).replace(
        /\/\S*\/tmp\.\w+/g,
        "TMP",
      );
      expect(calls.trim().split("\n")).toEqual([
        "aws s3 cp s3://data/bioformats/lab 1/$(touch oops) cells.v2.nd2 TMP/$(touch oops) cells.v2.nd2",
        "bfconvert -noflat -bigtiff -no-upgrade -tilex 1024 -tiley 1024 TMP/$(touch oops) cells.v2.nd2 TMP/written.ome.tif",
        "aws s3 cp TMP/written.ome.tif s3://data/incoming/lab 1/$(touch oops) cells.v2.ome.tif",
      ]);
      expect(await fs.readdir(folder)).not.toContain("oops");
    } finally {
      await fs.rm(folder, { recursive: true, force: true });
    }
  });
});
