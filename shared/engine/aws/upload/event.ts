import { z } from "zod";

/** EventBridge's "Object Created" of S3, the fields in use. Keys are as they are, not URL-encoded. */
export const uploadEvent = z.object({
  time: z.string(),
  detail: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({
      key: z.string(),
      size: z.number().optional(),
      etag: z.string().optional(),
      sequencer: z.string().optional(),
    }),
  }),
});

export type UploadEvent = z.infer<typeof uploadEvent>;
