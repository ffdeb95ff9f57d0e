/** Authorises requests for files of an encrypted rendition: ciphertext, or the key that opens it. */
import { Problem } from "../../http/problem.ts";
import { type MediaFile, mediaFile, type RenditionKind } from "../delivery/media-file.ts";
import { contentKeys, deriveContentKey } from "../encryption/content-keys.ts";
import { isKeyFile } from "../encryption/key-files.ts";
import { type KeyFolder, parseKeyFolder } from "../encryption/key-folder.ts";
import { readPlayableTitle } from "../policy/playable-title.ts";
import { authoriseRendition, type FileGrant, noSuchPath, rereadAfterMs } from "./authorise.ts";

/** A granted key's 16 bytes (RFC 8216 §5.1), or a granted file of the folder. */
export type EncryptedGrant = { key: Uint8Array<ArrayBuffer> } | { folder: KeyFolder; media: MediaFile };

/**
 * Authorises `{rendition}/{folder}/{file}` as clear media is.
 * @throws Problem those of `authoriseRendition`; 404 `not_found`; 410 `key_retired` when the keys' secret is gone.
 */
export async function authoriseEncrypted(
  env: Pick<Env, "CONTENT_KEYS">,
  grant: FileGrant,
  rendition: string,
  folderName: string,
  file: string,
  now: number,
  readAt: number = now,
): Promise<EncryptedGrant> {
  const kind = await authoriseRendition(grant, rendition, now, readAt);
  const folder = parseKeyFolder(folderName);
  if (folder === null || (kind !== "video" && kind !== "audio")) throw noSuchPath();
  if (folder.assetId !== grant.film.assetId || (await isFuture(grant, folder, readAt))) throw noSuchPath();
  const keys = await contentKeys(env);
  if (!keys.byKid.has(folder.kid)) {
    const words = "The keys of this playlist are no longer in use. Load the film's playlist again.";
    throw new Problem(410, "key_retired", words);
  }
  if (isKeyFile(file)) {
    const key = await deriveContentKey(keys, { ...folder, rendition, keyFile: file });
    if (key !== null) return { key };
    throw noSuchPath();
  }
  const media = mediaFile(file, kind) ?? iframeOf(file, kind);
  if (media === null) throw noSuchPath();
  return { folder, media };
}

/**
 * Checks whether the folder is of a future publication: an answer cached under it now would be wrong then. Another isolate
 * may already know of one that this one hasn't seen.
 */
async function isFuture({ film }: FileGrant, { revision }: KeyFolder, readAt: number): Promise<boolean> {
  if (revision <= film.revision) return false;
  const latest = await readPlayableTitle(film.assetId, readAt, rereadAfterMs);
  return latest === null || revision > latest.revision;
}

/** I-frames are files of their own only here: see `encryptIframePlaylist`. */
function iframeOf(file: string, kind: RenditionKind): MediaFile | null {
  const isIframe = kind === "video" && /^iframe-[0-9]{5}\.m4s$/.test(file);
  return isIframe ? { kind, contentType: "video/iso.segment", isText: false } : null;
}
