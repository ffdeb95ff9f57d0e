/** Sizes of the parts that an upload is cut into for R2's multipart upload. */

const mebibyte = 1024 * 1024;

/** R2's smallest part (all but the last). */
export const minPartBytes = 5 * mebibyte;
/** A part is stored again from the pieces that it came in, so it is bounded by patience, not by memory. */
export const maxPartBytes = 64 * mebibyte;
/** R2's highest part number. */
export const maxPartNumber = 10_000;
/** Parts an upload is planned to have; the other 1,000 numbers may be lost to interrupted requests. */
export const plannedParts = 9_000;

/**
 * The part size of a new upload, bytes; all its parts but the last have it.
 * @param limits smallest part size, and longest upload, bytes
 * @param length the upload's length in bytes; null when it is not known yet: then the largest upload must fit.
 */
export function partBytesFor(
  length: number | null,
  limits: { partBytes: number; maxUploadBytes: number },
): number {
  const needed = Math.ceil((length ?? limits.maxUploadBytes) / plannedParts);
  if (needed <= limits.partBytes) return limits.partBytes;
  return Math.ceil(needed / mebibyte) * mebibyte;
}

/**
 * The body size to recommend to a client, bytes: whole parts, so that no tail is stored between requests.
 */
export function chunkBytesFor(partBytes: number, maxBodyBytes: number): number {
  return Math.max(1, Math.floor(maxBodyBytes / partBytes)) * Math.min(partBytes, maxBodyBytes);
}
