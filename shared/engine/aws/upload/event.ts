import * as z from "zod";

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

/**
 * What the function is invoked with: an event, or messages of the queue of events to take again, each with the event as it was
 * given up (EventBridge's dead letters and Lambda's hold it as it came).
 */
export const uploadEvents = z.union([
  uploadEvent.transform((event) => [event]),
  z.object({ Records: z.array(z.object({ body: z.string() })).min(1) }).transform(({ Records }, context) =>
    Records.flatMap(({ body }) => {
      const result = uploadEvent.safeParse(parsed(body));
      if (result.success) return [result.data];
      context.addIssue({ code: "custom", message: "a message holds no event of an upload", input: body });
      return [];
    }),
  ),
]);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
