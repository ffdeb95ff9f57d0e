/** Encrypted renditions at the origin: stored clear, and encrypted on their way into the caches, the same bytes each time. */
import { contentKeys, deriveContentKey } from "./content-keys.ts";
import { encryptIframePlaylist, encryptPlaylist, iframePlace } from "./encrypt-playlist.ts";
import { encryptedBytes, encryptingStream } from "./encrypt-segment.ts";
import { iframesKeyFile, segmentsKeyFile } from "./key-files.ts";
import { writeKeyFolder } from "./key-folder.ts";

/** A file of an encrypted rendition. */
export interface EncryptedFile {
  assetId: string;
  revision: number;
  kid: string;
  rendition: string;
  file: string;
}

/** An object to answer with; the caller sets its lifetime. `etag` with its quotes. */
export interface ServedObject {
  /** Null for HEAD. */
  body: ReadableStream | string | null;
  etag: string;
  bytes: number;
}

/** Reads a file; null when there is none, or when its secret is not listed. */
export async function serveEncrypted(
  env: Pick<Env, "MEDIA" | "CONTENT_KEYS">,
  wanted: EncryptedFile,
  method: string,
): Promise<ServedObject | null> {
  const { assetId, rendition, file } = wanted;
  const folder = `media/${assetId}/${rendition}/`;
  if (file === "playlist.m3u8") return await playlist(env, folder + file, wanted, encryptPlaylist);
  if (file === "iframes.m3u8") return await playlist(env, folder + file, wanted, encryptIframePlaylist);
  const [, set, number] = /^(seg|iframe)-([0-9]{5})\.m4s$/.exec(file) ?? [];
  if (number === undefined) return null;
  const sequence = Number(number);
  if (set === "seg") {
    const plain = { objectKey: folder + file, range: null };
    return await encrypted(env, wanted, plain, { keyFile: segmentsKeyFile(sequence), sequence }, method);
  }
  const stored = await env.MEDIA.get(`${folder}iframes.m3u8`);
  const place = stored === null ? null : iframePlace(await stored.text(), sequence);
  if (place === null) return null;
  const plain = { objectKey: folder + place.file, range: { offset: place.offset, length: place.bytes } };
  return await encrypted(env, wanted, plain, { keyFile: iframesKeyFile, sequence }, method);
}

async function playlist(
  env: Pick<Env, "MEDIA">,
  key: string,
  wanted: EncryptedFile,
  write: (text: string) => string,
): Promise<ServedObject | null> {
  const stored = await env.MEDIA.get(key);
  if (stored === null) return null;
  const text = write(await stored.text());
  const bytes = new TextEncoder().encode(text).byteLength;
  return { body: text, bytes, etag: etagOf(stored.etag, wanted) };
}

async function encrypted(
  env: Pick<Env, "MEDIA" | "CONTENT_KEYS">,
  wanted: EncryptedFile,
  { objectKey, range }: { objectKey: string; range: { offset: number; length: number } | null },
  { keyFile, sequence }: { keyFile: string; sequence: number },
  method: string,
): Promise<ServedObject | null> {
  const { assetId, revision, kid, rendition } = wanted;
  const key = await deriveContentKey(await contentKeys(env), { assetId, revision, kid, rendition, keyFile });
  if (key === null) return null;
  const stored = await (method === "HEAD"
    ? env.MEDIA.head(objectKey)
    : env.MEDIA.get(objectKey, range === null ? {} : { range }));
  if (stored === null) return null;
  const bytes = encryptedBytes(range?.length ?? stored.size);
  const etag = etagOf(stored.etag, wanted);
  if (!("body" in stored)) return { body: null, bytes, etag };
  const plain = stored.body as ReadableStream<Uint8Array>;
  const body = plain.pipeThrough(encryptingStream(key, sequence)).pipeThrough(new FixedLengthStream(bytes));
  return { body, bytes, etag };
}

/** The tag of a file: by the stored bytes, the key, and the file's name, because several files are made of the same bytes. */
function etagOf(storedEtag: string, { file, ...folder }: EncryptedFile): string {
  return `"${storedEtag}-${writeKeyFolder(folder)}-${file}"`;
}
