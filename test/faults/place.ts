import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { FakeS3 } from "../support/fake-s3.ts";
import { filesOf } from "../support/run.ts";
import { FaultProxy } from "./proxy.ts";

export type Objects = Map<string, Buffer>;

/** Where inputs, outputs and runs of trials lie: a folder, or a bucket of a small S3 behind a proxy. */
export interface Place {
  readonly kind: "file" | "s3";
  /** URI of what the keys below are relative to. */
  readonly base: string;
  /** Scratch space on this computer. */
  readonly scratch: string;
  readonly env: NodeJS.ProcessEnv;
  readonly proxy?: FaultProxy;
  /** Objects whose keys start with a folder, by their whole keys; temporary files too. */
  objects(folder: string): Promise<Objects>;
  put(key: string, bytes: Uint8Array): Promise<void>;
  remove(key: string): Promise<void>;
  /** Makes what is below a folder exactly this. */
  restore(folder: string, objects: Objects): Promise<void>;
  close(): Promise<void>;
}

export async function filePlace(scratch: string): Promise<Place> {
  const base = path.join(scratch, "place");
  const fileOf = (key: string) => path.join(base, key);
  const put = async (key: string, bytes: Uint8Array): Promise<void> => {
    await fs.mkdir(path.dirname(fileOf(key)), { recursive: true });
    await fs.writeFile(fileOf(key), bytes);
  };
  return {
    kind: "file",
    base,
    scratch,
    env: {},
    async objects(folder) {
      const files = await filesOf(fileOf(folder));
      return new Map([...files].map(([name, bytes]) => [`${folder}/${name}`, bytes]));
    },
    put,
    remove: (key) => fs.rm(fileOf(key), { force: true }),
    async restore(folder, objects) {
      await fs.rm(fileOf(folder), { recursive: true, force: true });
      for (const [key, bytes] of objects) await put(key, bytes);
    },
    async close() {},
  };
}

const BUCKET = "bench";

export async function s3Place(scratch: string): Promise<Place> {
  const server = await new FakeS3({ pageSize: 1000 }).start();
  const proxy = await new FaultProxy(server.endpoint).start();
  const bucket = server.createBucket(BUCKET);
  const put = async (key: string, bytes: Uint8Array): Promise<void> => {
    const etag = `"${createHash("md5").update(bytes).digest("hex")}"`;
    bucket.set(key, { bytes: Buffer.from(bytes), etag, headers: {} });
  };
  return {
    kind: "s3",
    base: `s3://${BUCKET}`,
    scratch,
    env: {
      AWS_ENDPOINT_URL_S3: proxy.endpoint,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    },
    proxy,
    async objects(folder) {
      const found = [...bucket].filter(([key]) => key.startsWith(`${folder}/`));
      return new Map(found.map(([key, { bytes }]) => [key, bytes]));
    },
    put,
    async remove(key) {
      bucket.delete(key);
    },
    async restore(folder, objects) {
      for (const key of [...bucket.keys()]) if (key.startsWith(`${folder}/`)) bucket.delete(key);
      for (const [key, bytes] of objects) await put(key, bytes);
    },
    async close() {
      await proxy.stop();
      await server.stop();
    },
  };
}
