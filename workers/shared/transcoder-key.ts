/**
 * The key with which the pipeline sends tasks to one transcoder. It follows from the secret of grants, so that whoever starts
 * the transcoder and whoever calls it need not agree on another one, and tells nothing about that secret.
 * @param grantSecret GRANT_SECRET. @param transcoder the name of the slot; `local` on a laptop.
 */
export async function transcoderKey(grantSecret: string, transcoder: string): Promise<string> {
  const raw = new TextEncoder().encode(`marquee-transcoder:${grantSecret}`);
  const key = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const digest = new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(transcoder)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The name of the only transcoder of a laptop. */
export const localTranscoder = "local";
