/** The refusals of a request that can't go on, by the state of the upload. */
import { Problem } from "../http/problem.ts";
import { chunkBytesFor } from "./part-size.ts";
import { uploadError } from "./upload-json.ts";
import type { Upload } from "./upload-row.ts";

/** 404 for an unknown id, or another producer's. */
export function uploadNotFound(): Problem {
  return new Problem(404, "upload_not_found", "There is no such upload. Create one with POST /v1/uploads.");
}

/** 410 for an upload that takes no more bytes and never becomes an asset; null for any other. */
export function goneProblem(upload: Upload, now: number): Problem | null {
  if (upload.status === "errored") {
    const { code, detail } = uploadError(upload);
    return new Problem(410, code, detail);
  }
  if (upload.status === "cancelled") {
    return new Problem(410, "upload_cancelled", "This upload was cancelled. Create a new one.");
  }
  const isLate = upload.status === "waiting" && upload.expiresAt <= now && upload.offset !== upload.length;
  if (upload.status === "timed_out" || isLate) {
    return new Problem(410, "upload_expired", "This upload was not finished in time. Create a new one.");
  }
  return null;
}

/** 409 for a request at another offset than the upload's, or one that another has overtaken. */
export function conflict(upload: Upload): Problem {
  return new Problem(
    409,
    "offset_mismatch",
    `The upload is at byte ${upload.offset}. Read Upload-Offset with HEAD, and send the bytes from there on.`,
    { headers: { "Upload-Offset": String(upload.offset) } },
  );
}

/** 400 for more bytes than Upload-Length. */
export function beyondLength(upload: Upload, length: number | null): Problem {
  return new Problem(
    400,
    "beyond_length",
    `The body goes beyond the upload's length of ${length ?? upload.length} bytes. Send only the file's remaining bytes.`,
    { headers: { "Upload-Offset": String(upload.offset) } },
  );
}

/** 413 for a request body over the limit; recommends a chunk size. */
export function bodyTooLarge(partBytes: number, maxBodyBytes: number): Problem {
  const chunk = chunkBytesFor(partBytes, maxBodyBytes);
  return new Problem(
    413,
    "body_too_large",
    `One request may carry at most ${maxBodyBytes} bytes. Set your client's chunk size to ${chunk} bytes.`,
    { members: { max_body_bytes: maxBodyBytes, chunk_bytes: chunk } },
  );
}

/** 503 for a body that broke off, or went silent, while the client still listens. */
export function interrupted(upload: Upload): Problem {
  return new Problem(
    503,
    "upload_interrupted",
    "The connection broke, or was silent for too long, before the body's end. Read Upload-Offset with HEAD, and send the bytes from there on.",
    { headers: { "Upload-Offset": String(upload.offset), "Retry-After": "1" } },
  );
}
