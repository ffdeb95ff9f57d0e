/** The digest of bytes as lower-case hex; MD5 is what R2 makes the etag of a single put of. */
export async function digestOf(
  algorithm: "MD5" | "SHA-256",
  bytes: ArrayBuffer | ArrayBufferView,
): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest(algorithm, bytes)).toHex();
}
