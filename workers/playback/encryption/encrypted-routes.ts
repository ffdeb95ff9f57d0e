/**
 * What the gateway serves of encrypted titles, `/{token}/{rendition}/{key folder}/{file}`: ciphertext, which any cache may
 * keep, and the keys, which none may. Both are authorised like clear media. Mounted inside the gateway.
 */
import { type Context, Hono } from "hono";
import { Problem } from "../../http/problem.ts";
import { authorise, authoriseRendition, type Grant, noSuchPath } from "../authorise.ts";
import { foreverAtTheEdge } from "../cache-lifetimes.ts";
import { deliverMedia } from "../deliver-media.ts";
import { type MediaFile, mediaFile, type RenditionKind } from "../media-file.ts";
import { encryptedPath, renditionPath } from "../origin-paths.ts";
import { contentKeys, deriveContentKey } from "./content-keys.ts";
import { isKeyFile } from "./key-files.ts";
import { type KeyFolder, parseKeyFolder } from "./key-folder.ts";

type GatewayContext = Context<{ Bindings: Env }>;

/** Problems: those of `authorise` and `authoriseRendition`, 404 `not_found`, 410 `key_retired`. */
export const encryptedRoutes = new Hono<{ Bindings: Env }>();

encryptedRoutes.get("/:token/:rendition/:folder/:file", async (c) => {
  const now = Date.now();
  const { token, rendition, folder: name, file } = c.req.param();
  const grant = await authorise(c, token, now);
  const kind = await authoriseRendition(c.env, grant, rendition, now);
  const folder = parseKeyFolder(name);
  if (folder === null || (kind !== "video" && kind !== "audio")) throw noSuchPath();
  const { assetId, revision } = grant.document;
  // Keys of publications that are still to come are nobody's business; the document may be some seconds behind.
  if (folder.assetId !== assetId || folder.revision > revision + 1) throw noSuchPath();
  if (isKeyFile(file)) return await answerKey(c, grant, rendition, folder, file);
  const media = mediaFile(file, kind) ?? iframeOf(file, kind);
  if (media === null) throw noSuchPath();
  return await answerMedia(c, grant, rendition, folder, file, media);
});

/** The 16 bytes of a key (RFC 8216 §5.1). @throws Problem 410 `key_retired` when its secret is gone. */
async function answerKey(
  c: GatewayContext,
  grant: Grant,
  rendition: string,
  { revision, kid }: KeyFolder,
  keyFile: string,
): Promise<Response> {
  const { assetId } = grant.document;
  const key = await deriveContentKey(await contentKeys(c.env), {
    assetId,
    revision,
    kid,
    rendition,
    keyFile,
  });
  if (key === null) {
    const words = "The keys of this playlist are no longer in use. Load the film's playlist again.";
    throw new Problem(410, "key_retired", words);
  }
  const headers = { "Content-Type": "application/octet-stream", "Cache-Control": "no-store" };
  return c.body(key, 200, { ...headers, "Content-Length": String(key.byteLength) });
}

async function answerMedia(
  c: GatewayContext,
  grant: Grant,
  rendition: string,
  { revision, kid }: KeyFolder,
  file: string,
  { contentType, isText: compressible }: MediaFile,
): Promise<Response> {
  const { document, policyClass, changesAt, trace } = grant;
  const path =
    file === "init.mp4"
      ? renditionPath(document.assetId, revision, rendition, file)
      : encryptedPath(document.assetId, revision, kid, rendition, file);
  // Without the key it is noise, and whoever wants the key comes here: so on-net caches may keep it, for everyone.
  const cacheControl = foreverAtTheEdge;
  return await deliverMedia(c, path, {
    ...{ contentType, cacheControl, compressible, policyClass, changesAt, trace },
  });
}

/** I-frames are files of their own only here: see `encryptIframePlaylist`. */
function iframeOf(file: string, kind: RenditionKind): MediaFile | null {
  const isIframe = kind === "video" && /^iframe-[0-9]{5}\.m4s$/.test(file);
  return isIframe ? { kind, contentType: "video/iso.segment", isText: false } : null;
}
