/** The MD5 (hex) of a text, as a transcoder sends it beside what it stores. */
export async function md5Of(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("MD5", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}
