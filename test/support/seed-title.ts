/** A published film without a real encode: a title, its asset, its renditions and their objects in R2. */
import { openDatabase } from "../../workers/catalog/database.ts";
import { assets, renditions, titles } from "../../workers/catalog/schema.ts";
import { newId } from "../../workers/shared/new-id.ts";
import { slugOf } from "../../workers/shared/slug.ts";
import { publishTitle } from "./publish.ts";
import { assetRow, titleRow } from "./rows.ts";

/** The keys of the seeded renditions. */
export const seededKeys = {
  video720: "v720p-1a2b3c4d5e",
  video360: "v360p-1a2b3c4d5e",
  audio: "a0-2-1a2b3c4d5e",
  poster: "poster-1a2b3c4d5e",
  /** Still being encoded; its objects are there already. */
  unfinished: "v1080p-1a2b3c4d5e",
} as const;

/** Facts of a seeded film that a test may choose. */
export interface SeedOptions {
  title?: string;
  allowedCountries?: string[] | null;
  blockedCountries?: string[];
  durationSeconds?: number;
}

/** Ids of a seeded title. */
export interface SeededTitle {
  titleId: string;
  assetId: string;
  slug: string;
}

/** A media playlist of two segments. */
export const seededPlaylist = `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:6
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-MAP:URI="init.mp4"
#EXTINF:6.00000,
seg-00000.m4s
#EXTINF:6.00000,
seg-00001.m4s
#EXT-X-ENDLIST
`;

/** The bytes of a seeded segment, different for each. */
export function seededSegment(name: string): Uint8Array {
  return new TextEncoder().encode(Array.from({ length: 200 }, (_, line) => `${name} ${line}\n`).join(""));
}

/** Seeds a film that is `ready`, with two qualities, one audio track and a poster. */
export async function seedTitle(
  env: Pick<Env, "DB" | "MEDIA">,
  options: SeedOptions = {},
): Promise<SeededTitle> {
  const titleId = newId("title");
  const assetId = newId("asset");
  const title = options.title ?? "Night Train";
  const slug = slugOf(title, titleId);
  const durationSeconds = options.durationSeconds ?? 12;
  const db = openDatabase(env);
  const rendition = { assetId, status: "ready", durationSeconds, segmentCount: 2 } as const;
  const video = { ...rendition, kind: "video", codecs: "avc1.64001f", frameRate: 25 } as const;
  await db.batch([
    db.insert(titles).values(
      titleRow({
        id: titleId,
        slug,
        title,
        allowedCountries: options.allowedCountries ?? null,
        blockedCountries: options.blockedCountries ?? [],
        assetId,
        createdAt: 0,
      }),
    ),
    db.insert(assets).values(
      assetRow({
        id: assetId,
        titleId,
        status: "ready",
        filename: "night-train.mp4",
        revision: 1,
        durationSeconds,
        ...{ posterKey: seededKeys.poster, posterWidth: 1280, posterHeight: 720 },
        createdAt: 0,
        readyAt: 0,
      }),
    ),
    db.insert(renditions).values([
      {
        ...video,
        key: seededKeys.video720,
        label: "720p",
        width: 1280,
        height: 720,
        bandwidth: 2_600_000,
        averageBandwidth: 2_000_000,
        iframeBandwidth: 200_000,
      },
      {
        ...video,
        key: seededKeys.video360,
        label: "360p",
        width: 640,
        height: 360,
        bandwidth: 800_000,
        averageBandwidth: 600_000,
        iframeBandwidth: 60_000,
      },
    ]),
    db.insert(renditions).values([
      {
        ...rendition,
        key: seededKeys.audio,
        kind: "audio",
        label: "English",
        codecs: "mp4a.40.2",
        channels: 2,
        language: "en",
        bandwidth: 130_000,
        averageBandwidth: 128_000,
      },
      { ...rendition, key: seededKeys.poster, kind: "image", label: "poster", width: 1280, height: 720 },
      { ...rendition, key: seededKeys.unfinished, kind: "video", label: "1080p", status: "preparing" },
    ]),
  ]);
  const put = (key: string, name: string, body: string | Uint8Array) =>
    env.MEDIA.put(`media/${assetId}/${key}/${name}`, body);
  for (const key of [seededKeys.video720, seededKeys.video360, seededKeys.audio, seededKeys.unfinished]) {
    await put(key, "init.mp4", `init of ${key}`);
    await put(key, "seg-00000.m4s", seededSegment(`${key} 0`));
    await put(key, "seg-00001.m4s", seededSegment(`${key} 1`));
    await put(key, "playlist.m3u8", seededPlaylist);
    if (key !== seededKeys.audio) await put(key, "iframes.m3u8", seededPlaylist);
  }
  for (const width of [640, 1280]) await put(seededKeys.poster, `poster-${width}.jpg`, `jpeg of ${width}`);
  await publishTitle(env, titleId);
  return { titleId, assetId, slug };
}
