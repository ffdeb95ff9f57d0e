/** Archives of seeded films: their plans are empty, their renditions like those that the pipeline leaves. */
import { eq } from "drizzle-orm";
import {
  type ArchivedPlan,
  archiveKeys,
  type Rendition,
} from "../../workers/catalog/archive/archive-document.ts";
import { openDatabase } from "../../workers/catalog/database.ts";
import { assets } from "../../workers/catalog/schema.ts";

/** Stores the archive of an asset that `libraryStatements` seeded. @returns its renditions */
export async function seedArchive(
  env: Pick<Env, "DB" | "MEDIA">,
  assetId: string,
): Promise<readonly Rendition[]> {
  const asset = await openDatabase(env).select().from(assets).where(eq(assets.id, assetId)).get();
  if (asset === undefined) throw new Error(`there is no asset ${assetId}`);
  const of = (own: Pick<Rendition, "key" | "kind" | "label"> & Partial<Rendition>): Rendition => ({
    ...{ assetId, status: "ready", codecs: null, width: null, height: null, frameRate: null },
    ...{ channels: null, language: null, isDefault: false, isForced: false, isSdh: false, loudness: null },
    ...{ note: null, bandwidth: null, averageBandwidth: null, iframeBandwidth: null, segmentCount: 1000 },
    ...{ frameCount: null, bytes: 900_000_000, durationSeconds: asset.durationSeconds, removeAfter: null },
    ...{ rootHash: "0".repeat(64) },
    ...own,
  });
  const video = (height: number): Rendition =>
    of({
      ...{ key: `v${height}p-0123456789`, kind: "video", label: `${height}p`, codecs: "avc1.64001f" },
      ...{ width: (height * 16) / 9, height, frameRate: 25, bandwidth: height * 5000, frameCount: 150_000 },
      ...{ averageBandwidth: height * 4000, iframeBandwidth: height * 200 },
    });
  const sound = (key: string, label: string, language: string): Rendition =>
    of({
      ...{ key, kind: "audio", label, language, codecs: "mp4a.40.2", channels: 2 },
      ...{ isDefault: language === "en", bandwidth: 130_000, averageBandwidth: 128_000 },
    });
  const renditions = [
    ...[1080, 720, 480, 360, 240].map(video),
    sound("a0-2-0123456789", "English", "en"),
    sound("a1-2-0123456789", "Deutsch", "de"),
    of({ key: "s-0123456789", kind: "storyboard", label: "storyboard", width: 160, height: 90 }),
    of({
      key: "poster-0123456789",
      kind: "image",
      label: "poster",
      width: 1280,
      height: 720,
      rootHash: null,
    }),
  ];
  const { revision, recipeHash } = asset;
  const archive: ArchivedPlan = {
    ...{ version: 1, assetId, revision, recipeHash, plan: null, inspection: null, recipe: null, renditions },
  };
  await env.MEDIA.put(archiveKeys(assetId).plan, JSON.stringify(archive));
  return renditions;
}
