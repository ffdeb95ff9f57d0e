/** R2 event notifications, by which a source that has arrived is announced. */
import { z } from "zod";

/** A notification as R2's queue delivers it (Cloudflare R2 docs, "Event notifications"); on a laptop ingest sends the same JSON. */
export const sourceNotification = z.object({
  account: z.string(),
  action: z.enum(["PutObject", "CopyObject", "CompleteMultipartUpload"]),
  bucket: z.string(),
  object: z.object({ key: z.string(), size: z.number(), eTag: z.string() }),
  eventTime: z.string(),
});

/** See {@link sourceNotification}. */
export type SourceNotification = z.infer<typeof sourceNotification>;
