/** Opens what is encrypted with whole-segment AES-128 (RFC 8216 §4.3.2.4, §5.2); everything else passes as it is. */
import { createDecipheriv } from "node:crypto";
import type { EncryptionKey } from "../playlist/read-any-playlist.ts";
import { CannotRead, type Source } from "./source.ts";

/** Bytes of a key, of a block and of an initialization vector. */
const blockBytes = 16;

const keys = new WeakMap<Source, Map<string, Promise<Uint8Array>>>();

/**
 * The clear bytes of a resource. @param sequence the media sequence number, which is the IV where the playlist names none;
 * null for an init segment, which has none.
 * @throws CannotRead when the key can't be had, or does not open it.
 */
export async function decrypt(
  bytes: Uint8Array,
  key: EncryptionKey | null,
  of: { source: Source; playlistUrl: string; sequence: number | null },
): Promise<Uint8Array> {
  if (key?.method !== "AES-128") return bytes;
  const secret = await readKey(of.source, URL.parse(key.uri ?? "", of.playlistUrl)?.href ?? key.uri ?? "");
  const iv = key.iv ?? ivOf(of.sequence);
  try {
    const decipher = createDecipheriv("aes-128-cbc", secret, iv);
    return Buffer.concat([decipher.update(bytes), decipher.final()]);
  } catch {
    throw new CannotRead("its key does not open it");
  }
}

function ivOf(sequence: number | null): Uint8Array {
  // §4.3.2.5: there is no number to fall back to.
  if (sequence === null) throw new CannotRead("it is encrypted, and its EXT-X-KEY has no IV");
  const iv = Buffer.alloc(blockBytes);
  iv.writeBigUInt64BE(BigInt(sequence), blockBytes - 8);
  return iv;
}

/** Each key is asked for once. */
function readKey(source: Source, url: string): Promise<Uint8Array> {
  const known = keys.get(source) ?? new Map<string, Promise<Uint8Array>>();
  keys.set(source, known);
  const asked = known.get(url) ?? askKey(source, url);
  known.set(url, asked);
  return asked;
}

async function askKey(source: Source, url: string): Promise<Uint8Array> {
  const { bytes } = await source.read(url, null).catch((error: unknown) => {
    throw error instanceof CannotRead ? new CannotRead(`its key can't be had: ${error.message}`) : error;
  });
  if (bytes.byteLength !== blockBytes) throw new CannotRead(`its key has ${bytes.byteLength} bytes, not 16`);
  return bytes;
}
