/**
 * The multipart upload in which a remux task writes its mezzanine. R2's binding can't list multipart uploads, so the id of
 * the one in hand lies beside the asset's work: the next attempt, or the asset's end, aborts a dead one's.
 */
import { mezzanineKey } from "./media-keys.ts";

function markerKey(assetId: string): string {
  return `work/${assetId}/mezzanine-upload`;
}

/** Aborts the upload of an attempt before, and begins anew. @returns the upload's id. */
export async function beginMezzanine(env: Pick<Env, "SOURCES" | "MEDIA">, assetId: string): Promise<string> {
  await abandonMezzanine(env, assetId);
  const { uploadId } = await env.SOURCES.createMultipartUpload(mezzanineKey(assetId), {
    httpMetadata: { contentType: "video/x-matroska" },
  });
  await env.MEDIA.put(markerKey(assetId), uploadId);
  return uploadId;
}

/** Completes the mezzanine. @returns its size, bytes; also when it was completed before. */
export async function completeMezzanine(
  env: Pick<Env, "SOURCES" | "MEDIA">,
  assetId: string,
  uploadId: string,
  parts: R2UploadedPart[],
): Promise<number> {
  const upload = env.SOURCES.resumeMultipartUpload(mezzanineKey(assetId), uploadId);
  const object = await upload.complete(parts).catch(async (cause: unknown) => {
    const whole = await env.SOURCES.head(mezzanineKey(assetId));
    if (whole === null) throw cause;
    return whole;
  });
  await env.MEDIA.delete(markerKey(assetId));
  return object.size;
}

/** Aborts the upload in hand, if there is one. R2 would do it by itself after seven days. */
export async function abandonMezzanine(env: Pick<Env, "SOURCES" | "MEDIA">, assetId: string): Promise<void> {
  const marker = await env.MEDIA.get(markerKey(assetId));
  if (marker === null) return;
  const uploadId = await marker.text();
  try {
    await env.SOURCES.resumeMultipartUpload(mezzanineKey(assetId), uploadId).abort();
  } catch (error) {
    console.warn("a mezzanine's upload was gone already", assetId, error);
  }
  await env.MEDIA.delete(markerKey(assetId));
}
