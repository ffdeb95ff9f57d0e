/**
 * What leaves the database when a film's work is done: its plan, its inspection, its renditions and its tasks, as JSON in the
 * MEDIA bucket. They are needed for repairs, for another recipe, for the film's document at the edge, and on the film's own
 * page in the studio: seldom, and one film at a time.
 */
import { z } from "zod";
import { BoundedMap } from "../../shared/bounded-map.ts";
import { raiseAlarm } from "../alarms.ts";
import { openDatabase } from "../database.ts";
import { type assets, renditions } from "../schema.ts";

/** The object with an asset's plan and renditions, and the one with its tasks, which is large. */
export function archiveKeys(assetId: string): { plan: string; tasks: string } {
  return { plan: `plans/${assetId}.json`, tasks: `plans/${assetId}.tasks.json` };
}

/** A row of `renditions`. */
export type Rendition = typeof renditions.$inferSelect;

const number = z.number().nullable();
const text = z.string().nullable();

const renditionRow = z.object({
  assetId: z.string(),
  key: z.string(),
  kind: z.enum(renditions.kind.enumValues),
  label: z.string(),
  status: z.enum(renditions.status.enumValues),
  codecs: text,
  width: number,
  height: number,
  frameRate: number,
  channels: number,
  language: text,
  isDefault: z.boolean(),
  isForced: z.boolean(),
  isSdh: z.boolean(),
  loudness: z.unknown(),
  note: text,
  bandwidth: number,
  averageBandwidth: number,
  iframeBandwidth: number,
  segmentCount: number,
  frameCount: number,
  bytes: number,
  durationSeconds: number,
  rootHash: text,
  removeAfter: number,
}) satisfies z.ZodType<Rendition>;

/** The document under `plan`: everything of the asset that isn't in its row any more, and the rest for a database made anew. */
export const archivedPlan = z.object({
  version: z.literal(1),
  assetId: z.string(),
  revision: z.number(),
  recipeHash: z.string().nullable(),
  /** `Plan` and `Inspection`, as they stood in the row. */
  plan: z.unknown(),
  inspection: z.unknown(),
  recipe: z.unknown(),
  /** Rows of `renditions`, all but those that are to be removed: these stay in the database until they are. */
  renditions: z.array(renditionRow),
});
/** See {@link archivedPlan}. */
export type ArchivedPlan = z.infer<typeof archivedPlan>;

/** The database, and the media bucket with its copy where there is one. */
export type ArchiveEnv = Pick<Env, "DB" | "MEDIA" | "MEDIA_COPY">;

/** Writes an object of an archive, into the second media bucket too. @param value becomes JSON */
export async function storeArchived(env: ArchiveEnv, key: string, value: unknown): Promise<void> {
  const json = JSON.stringify(value);
  await env.MEDIA.put(key, json);
  await env.MEDIA_COPY?.put(key, json);
}

/** Reads an object of an archive from the bucket that has it; null when none has, or it is no JSON. */
export async function readStored(env: ArchiveEnv, key: string): Promise<unknown> {
  const object = (await env.MEDIA.get(key)) ?? (await env.MEDIA_COPY?.get(key)) ?? null;
  return (await object?.json().catch(() => null)) ?? null;
}

/** Archives that an isolate holds, about 15 kB each. */
const heldPlans = 100;

const held = new BoundedMap<string, ArchivedPlan>(heldPlans);

/** An asset's row, as far as its archive is concerned. */
export type ArchivedAsset = Pick<typeof assets.$inferSelect, "id" | "revision" | "archivedAt">;

/** An asset's row, as far as its plan is concerned. */
export type PlannedAsset = ArchivedAsset & Pick<typeof assets.$inferSelect, "plan" | "inspection">;

/**
 * The plan and inspection of an asset, from its row or from its archive; null where it was never planned. Raises an alarm
 * when the archive is gone.
 */
export async function planOf(
  env: ArchiveEnv,
  asset: PlannedAsset,
): Promise<{ plan: unknown; inspection: unknown } | null> {
  if (asset.archivedAt === null) {
    return asset.plan === null && asset.inspection === null ? null : asset;
  }
  return await readArchive(env, asset);
}

/** The archive of an archived asset, or null when it is gone, which raises an alarm. */
export async function readArchive(env: ArchiveEnv, asset: ArchivedAsset): Promise<ArchivedPlan | null> {
  const key = `${asset.id} ${asset.revision} ${asset.archivedAt}`;
  const known = held.get(key);
  if (known !== undefined) return known;
  const stored = await readStored(env, archiveKeys(asset.id).plan);
  const parsed = archivedPlan.safeParse(stored);
  if (!parsed.success) {
    const detail = `The plan of ${asset.id} (${archiveKeys(asset.id).plan} in the media bucket) is missing or unreadable. The film plays on; without it the film can't be repaired or encoded anew. Upload its source again, or bring the object back from a copy of the bucket.`;
    await raiseAlarm(openDatabase(env), "archive_missing", detail, Date.now());
    return null;
  }
  held.set(key, parsed.data);
  return parsed.data;
}
