import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { partBytes, type SendPart, uploadParts } from "../../shared/storage/s3-upload.ts";

type Connection = Parameters<Parameters<SendPart>[0]>[0];

test("gives an upload up only when no part is on its way", async () => {
  const done: string[] = [];
  const command = (name: string) =>
    class {
      readonly name = name;
      readonly input: { readonly PartNumber?: number };
      constructor(input: { readonly PartNumber?: number }) {
        this.input = input;
      }
    };
  const names = ["CreateMultipartUpload", "UploadPart", "AbortMultipartUpload"] as const;
  const sdk = Object.fromEntries(names.map((name) => [`${name}Command`, command(name)]));
  const client = {
    async send({ name, input }: { name: string; input: { readonly PartNumber?: number } }) {
      if (input.PartNumber === 1) throw new Error("no room");
      if (input.PartNumber === 2) await setTimeout(20);
      done.push(input.PartNumber === undefined ? name : `part ${input.PartNumber}`);
      return { UploadId: "id" };
    },
  };
  const send: SendPart = (request) => request({ sdk, client } as unknown as Connection);
  const size = 6 * partBytes(1);
  const upload = uploadParts({ Bucket: "b", Key: "k" }, size, async () => new Uint8Array(1), send, {
    overwrite: true,
  });
  await expect(upload).rejects.toThrow("no room");
  expect(done).toEqual(["CreateMultipartUpload", "part 2", "AbortMultipartUpload"]);
});
