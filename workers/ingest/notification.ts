import { z } from "zod";

/** An R2 event notification as its queue delivers it (DESIGN.md §5); on a laptop ingest sends the same JSON. */
export const sourceNotification = z.object({
  account: z.string(),
  action: z.enum(["PutObject", "CopyObject", "CompleteMultipartUpload"]),
  bucket: z.string(),
  object: z.object({ key: z.string(), size: z.number(), eTag: z.string() }),
  eventTime: z.string(),
});

/** See {@link sourceNotification}. */
export type SourceNotification = z.infer<typeof sourceNotification>;
