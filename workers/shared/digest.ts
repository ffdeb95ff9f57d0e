/** SHA-256 of a text's UTF-8 bytes, as lower-case hex. */
export async function sha256Hex(text: string): Promise<string> {
  return await digestOf("SHA-256", new TextEncoder().encode(text));
}

/** The digest of bytes as lower-case hex; R2's etag of a single put is the MD5. */
export async function digestOf(
  algorithm: "MD5" | "SHA-256",
  bytes: ArrayBuffer | ArrayBufferView,
): Promise<string> {
  return Array.from(new Uint8Array(await crypto.subtle.digest(algorithm, bytes)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
