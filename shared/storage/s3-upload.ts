import { randomUUID } from "node:crypto";
import type { S3Connection } from "./s3-client.ts";
import { factsOf } from "./s3-errors.ts";
import type { UploadOptions } from "./store.ts";

/** S3 takes at most 10,000 parts of at least 5 MiB; parts grow with the object, so that 5 TiB fit. */
const SMALLEST_PART = 8 * 2 ** 20;
const MOST_PARTS = 9_000;
const PARTS_AT_ONCE = 2;
const TOKEN = "lamella-token";

export function partBytes(size: number): number {
  return Math.max(SMALLEST_PART, Math.ceil(size / MOST_PARTS / 2 ** 20) * 2 ** 20);
}

/** Sends one request of an upload, trying again where that may help. */
export type SendPart = <T>(request: (connection: S3Connection) => Promise<T>) => Promise<T>;

/**
 * Stores a large object part by part; it appears when the last is there, and nothing is left of it where one fails.
 * False where `overwrite` is off and there is an object of the name by then. Source: S3 API, "CreateMultipartUpload".
 */
export async function uploadParts(
  target: { readonly Bucket: string; readonly Key: string },
  size: number,
  read: (offset: number, length: number) => Promise<Uint8Array>,
  send: SendPart,
  options: UploadOptions,
): Promise<boolean> {
  const token = randomUUID();
  const { UploadId } = await send(({ sdk, client }) =>
    client.send(
      new sdk.CreateMultipartUploadCommand({
        ...target,
        ChecksumAlgorithm: "CRC32",
        Metadata: { [TOKEN]: token },
        ...(options.contentType === undefined ? {} : { ContentType: options.contentType }),
      }),
    ),
  );
  const upload = { ...target, UploadId };
  try {
    const step = partBytes(size);
    const count = Math.ceil(size / step);
    const parts = new Array<{ PartNumber: number; ETag?: string; ChecksumCRC32?: string }>(count);
    let next = 0;
    const work = async (): Promise<void> => {
      for (let i = next++; i < count; i = next++) {
        const PartNumber = i + 1;
        const body = await read(i * step, Math.min(step, size - i * step));
        const { ETag, ChecksumCRC32 } = await send(({ sdk, client }) =>
          client.send(
            new sdk.UploadPartCommand({ ...upload, PartNumber, Body: body, ChecksumAlgorithm: "CRC32" }),
          ),
        );
        parts[i] = {
          PartNumber,
          ...(ETag === undefined ? {} : { ETag }),
          ...(ChecksumCRC32 === undefined ? {} : { ChecksumCRC32 }),
        };
      }
    };
    const stop = (error: unknown): never => {
      next = count;
      throw error;
    };
    // A part that is on its way when the upload is given up would stay, and be paid for.
    const ends = await Promise.allSettled(Array.from({ length: PARTS_AT_ONCE }, () => work().catch(stop)));
    const failed = ends.find((end) => end.status === "rejected");
    if (failed) throw failed.reason;
    const complete = {
      ...upload,
      MultipartUpload: { Parts: parts },
      ...(options.overwrite ? {} : { IfNoneMatch: "*" }),
    };
    await send(({ sdk, client }) => client.send(new sdk.CompleteMultipartUploadCommand(complete))).catch(
      async (error: unknown) => {
        // The answer may be lost though the object is there, and is our own.
        const found = await send(({ sdk, client }) => client.send(new sdk.HeadObjectCommand(target))).catch(
          () => undefined,
        );
        if (found?.Metadata?.[TOKEN] !== token) throw error;
      },
    );
    return true;
  } catch (error) {
    await send(({ sdk, client }) => client.send(new sdk.AbortMultipartUploadCommand(upload))).catch(
      () => undefined,
    );
    if (!options.overwrite && factsOf(error).status === 412) return false;
    throw error;
  }
}
