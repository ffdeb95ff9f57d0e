/** `/{token}/steering.json`: this viewer's pathways now, in order of preference. Mounted inside the gateway. */
import { Hono } from "hono";
import { originFor } from "../../http/own-origins.ts";
import { writeKeyFolder } from "../encryption/key-folder.ts";
import { playlistPath, stableId } from "../hls/playlist-naming.ts";
import { pathwaysFor } from "../steering/pathway.ts";
import { readPathways } from "../steering/pathway-cache.ts";
import { type SteeredPlaylist, writeSteeringManifest } from "../steering/write-steering-manifest.ts";
import { authorise, type Grant } from "./authorise.ts";
import { chooseVariant } from "./choose-variant.ts";

/** Problems: those of `authorise`; a player that gets one stays on its pathway. */
export const steeringRoutes = new Hono<{ Bindings: Env }>();

steeringRoutes.get("/:token/steering.json", async (c) => {
  const now = Date.now();
  const grant = await authorise(c, c.req.param("token"), now);
  const { kid } = await chooseVariant(c.env, grant, now);
  const { assetId, revision } = grant.film;
  const keyFolder = kid === null ? null : writeKeyFolder({ assetId, revision, kid });
  const pathways = pathwaysFor(grant.viewer, await readPathways(now));
  const folder = `${originFor(c.req.raw, c.env)}/v/${c.req.param("token")}/`;
  const manifest = writeSteeringManifest(pathways, folder, steeredPlaylists(grant, keyFolder));
  return c.json(manifest, 200, { "Cache-Control": "no-store" });
});

/** Every playlist that this viewer's multivariant playlist names. */
function steeredPlaylists({ film, decision }: Grant, keyFolder: string | null): SteeredPlaylist[] {
  const { videos, audios, texts } = film.tracks;
  const variants = videos.flatMap(({ key }) =>
    (["playlist.m3u8", "iframes.m3u8"] as const).map((file) => ({
      kind: "variant" as const,
      key,
      stableId: stableId(key, file),
      path: playlistPath(key, file, keyFolder),
    })),
  );
  const rendition = (key: string, folder: string | null) => ({
    kind: "rendition" as const,
    key,
    stableId: stableId(key, "playlist.m3u8"),
    path: playlistPath(key, "playlist.m3u8", folder),
  });
  return [
    ...variants,
    ...audios.map(({ key }) => rendition(key, keyFolder)),
    ...texts.map(({ key }) => rendition(key, null)),
  ].flatMap(({ key, ...playlist }) => (decision.dropped.has(key) ? [] : [playlist]));
}
