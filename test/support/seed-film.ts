/** A title with an asset, and a poster when it is ready, as the pipeline leaves them; for tests in workerd. */
import { openDatabase } from "../../workers/catalog/database.ts";
import { assets, renditions, titles } from "../../workers/catalog/schema.ts";
import { newId } from "../../workers/shared/new-id.ts";
import { slugOf } from "../../workers/shared/slug.ts";
import { publishTitle } from "./publish.ts";
import { assetRow, titleRow } from "./rows.ts";

/** Facts of a film that a test may choose. Times are Unix milliseconds. */
export interface Film {
  title?: string;
  producerId?: string;
  status?: "waiting" | "preparing" | "ready" | "errored";
  allowedCountries?: string[] | null;
  blockedCountries?: string[];
  createdAt?: number;
  error?: { code: string; detail: string };
  size?: { width: number; height: number };
}

/** Writes the rows of a film and returns their ids. A ready one has a video, an audio and a poster rendition. */
export async function seedFilm(
  env: Pick<Env, "DB" | "MEDIA">,
  film: Film = {},
): Promise<{ titleId: string; assetId: string; slug: string; posterKey: string }> {
  const db = openDatabase(env);
  const titleId = newId("title");
  const assetId = newId("asset");
  const title = film.title ?? "A film";
  const slug = slugOf(title, titleId);
  const status = film.status ?? "ready";
  const ready = status === "ready";
  const createdAt = film.createdAt ?? 1_800_000_000_000;
  const producerId = film.producerId ?? "prd_of_nobody";
  const size = film.size ?? { width: 1280, height: 720 };
  const posterKey = "poster-0123456789";
  await db.insert(titles).values(
    titleRow({
      id: titleId,
      producerId,
      slug,
      title,
      language: "en",
      allowedCountries: film.allowedCountries ?? null,
      blockedCountries: film.blockedCountries ?? [],
      assetId: ready ? assetId : null,
      createdAt,
    }),
  );
  await db.insert(assets).values(
    assetRow({
      id: assetId,
      producerId,
      titleId,
      status,
      work: ready ? "done" : status === "errored" ? "failed" : "open",
      filename: `${title}.mp4`.slice(0, 200),
      language: "en",
      sourceBytes: 123_456_789,
      revision: ready ? 1 : 0,
      durationSeconds: ready ? 634.5 : null,
      ...(ready ? { posterKey, posterWidth: size.width, posterHeight: size.height } : {}),
      errorCode: film.error?.code ?? null,
      errorDetail: film.error?.detail ?? null,
      createdAt,
      readyAt: ready ? createdAt + 60_000 : null,
    }),
  );
  if (ready) {
    const of = { assetId, status: "ready", durationSeconds: 634.5, segmentCount: 106 } as const;
    await db.insert(renditions).values([
      {
        ...of,
        key: "v720p-0123456789",
        kind: "video",
        label: "720p",
        codecs: "avc1.64001f",
        ...size,
        frameRate: 24,
        bandwidth: 2_900_000,
        averageBandwidth: 1_800_000,
        frameCount: 15_228,
        bytes: 142_762_500,
      },
      {
        ...of,
        key: "a0-0123456789",
        kind: "audio",
        label: "English",
        language: "en",
        codecs: "mp4a.40.2",
        channels: 2,
        bandwidth: 132_000,
        averageBandwidth: 128_000,
        bytes: 10_152_000,
      },
      { assetId, key: posterKey, kind: "image", label: "poster", status: "ready", ...size },
    ]);
  }
  await publishTitle(env, titleId);
  return { titleId, assetId, slug, posterKey };
}
