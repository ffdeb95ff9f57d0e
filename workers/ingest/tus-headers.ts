/** The request headers of tus 1.0.0, parsed at the border. */
import { Problem } from "../http/problem.ts";

/** The protocol version that we speak. */
export const tusVersion = "1.0.0";
/** The extensions that we speak. */
export const tusExtensions = "creation,creation-with-upload,creation-defer-length,expiration,termination";
/** Media type of every request body that carries bytes of an upload. */
const offsetContentType = "application/offset+octet-stream";

/**
 * The method that a request stands for: X-HTTP-Method-Override lets clients that can't send PATCH or DELETE send POST.
 * @throws Problem 400 `invalid_header` for an override that tus doesn't know.
 */
export function methodOf(request: Request): string {
  const override = request.headers.get("X-HTTP-Method-Override")?.toUpperCase();
  if (request.method !== "POST" || override === undefined) return request.method;
  if (!["POST", "PATCH", "DELETE", "HEAD"].includes(override)) {
    throw new Problem(400, "invalid_header", "X-HTTP-Method-Override must be PATCH, DELETE, HEAD or POST.");
  }
  return override;
}

/**
 * The length of a new upload, bytes; null when Upload-Defer-Length postpones it.
 * @throws Problem 400 `invalid_header`, `length_required`
 */
export function parseNewLength(headers: Headers): number | null {
  const length = parseBytes(headers, "Upload-Length");
  const defer = headers.get("Upload-Defer-Length");
  if (headers.get("Upload-Concat") !== null) {
    throw new Problem(
      400,
      "concatenation_unsupported",
      "Concatenation is not supported. Upload the file in one piece after the other, without parallel uploads.",
    );
  }
  if (defer !== null && defer !== "1") throw invalid("Upload-Defer-Length", "must be 1");
  if (defer !== null && length !== null) {
    throw invalid("Upload-Defer-Length", "and Upload-Length exclude each other; send one of them");
  }
  if (defer === null && length === null) {
    throw new Problem(
      400,
      "length_required",
      "Send the file's size in bytes as Upload-Length, or `Upload-Defer-Length: 1` when it is not known yet.",
    );
  }
  return length;
}

/** The header's whole number of bytes, or null when it is missing. @throws Problem 400 `invalid_header` */
export function parseBytes(
  headers: Headers,
  name: "Upload-Length" | "Upload-Offset" | "Content-Length",
): number | null {
  const value = headers.get(name);
  if (value === null) return null;
  if (!/^\d{1,15}$/.test(value)) throw invalid(name, "must be a whole number of bytes");
  return Number(value);
}

/** Upload-Offset of a PATCH. @throws Problem 400 `invalid_header` */
export function parseOffset(headers: Headers): number {
  const offset = parseBytes(headers, "Upload-Offset");
  if (offset === null) throw invalid("Upload-Offset", "is missing; send the offset that HEAD returns");
  return offset;
}

/** Checks the body's type. @throws Problem 415 `unsupported_media_type` unless it is that of an upload's bytes. */
export function requireOffsetContentType(headers: Headers): void {
  const type = headers.get("Content-Type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== offsetContentType) {
    throw new Problem(
      415,
      "unsupported_media_type",
      `Send the bytes with \`Content-Type: ${offsetContentType}\`.`,
    );
  }
}

function invalid(name: string, what: string): Problem {
  return new Problem(400, "invalid_header", `${name} ${what}.`, { members: { header: name } });
}
