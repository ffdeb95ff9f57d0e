/** A published film with given tracks, in D1 and R2, for tests at the gateway. */
import { openDatabase } from "../../../workers/catalog/database.ts";
import { assets, renditions, titles } from "../../../workers/catalog/schema.ts";
import type { PublishedTracks } from "../../../workers/playback/hls/published-renditions.ts";
import { newId } from "../../../workers/shared/new-id.ts";
import { publishTitle } from "../publish.ts";

/** Files of each kind of rendition that a gateway's test asks for. */
export const filesOf = {
  video: ["playlist.m3u8", "iframes.m3u8", "init.mp4", "seg-00000.m4s"],
  audio: ["playlist.m3u8", "init.mp4", "seg-00000.m4s"],
  text: ["playlist.m3u8", "seg-00000.vtt"],
} as const;

/** Seeds a film of this producer, its files filled with their own names. */
export async function seedTracks(
  env: Pick<Env, "DB" | "MEDIA">,
  producerId: string,
  film: PublishedTracks,
): Promise<{ titleId: string; assetId: string }> {
  const [titleId, assetId] = [newId("title"), newId("asset")];
  const db = openDatabase(env);
  const times = { createdAt: 0, updatedAt: 0 };
  await db
    .insert(titles)
    .values({ id: titleId, producerId, slug: titleId, title: "Film", assetId, ...times });
  await db.insert(assets).values({
    ...{ id: assetId, producerId, titleId, uploadId: newId("upload"), status: "ready", filename: "film.mp4" },
    ...{
      sourceKey: `sources/${assetId}`,
      sourceBytes: 1,
      sourceEtag: "e",
      revision: 1,
      durationSeconds: 12,
      ...times,
    },
  });
  const of = { assetId, status: "ready", durationSeconds: 12 } as const;
  const { videos, audios, texts } = film;
  const rows = [
    ...videos.map((one) => ({ ...of, ...one, kind: "video" as const, label: one.key })),
    ...audios.map((one) => ({ ...of, ...one, kind: "audio" as const })),
    ...texts.map((one) => ({ ...of, ...one, kind: "text" as const, codecs: "wvtt", bandwidth: 1000 })),
  ];
  for (const row of rows) {
    const whole =
      "width" in row ? { ...row, width: Math.round(row.width), height: Math.round(row.height) } : row;
    await db.insert(renditions).values(whole);
    for (const file of filesOf[row.kind]) {
      await env.MEDIA.put(`media/${assetId}/${row.key}/${file}`, `${assetId} ${row.key} ${file}`);
    }
  }
  await publishTitle(env, titleId);
  return { titleId, assetId };
}
