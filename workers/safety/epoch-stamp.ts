/** The copies of the database's epoch and generation in the buckets, and the first or ordered writing of all three. */
import { sql } from "drizzle-orm";
import { z } from "zod";
import { endAlarm } from "../catalog/alarms.ts";
import { openDatabase } from "../catalog/database.ts";
import { assets, titles } from "../catalog/schema.ts";
import { readState, replaceState, writeState } from "../catalog/service-state.ts";
import { type BucketState, checkEpoch, epochAlarms, type Stamp } from "./check-epoch.ts";

/** The key of a bucket's stamp. */
export const epochKey = "epoch.json";

/** The names under which `service_state` holds the database's stamp (JSON) and the trusted clock. */
export const stateNames = { stamp: "epoch", clock: "clock" } as const;

const stampSchema = z.object({ epoch: z.string(), generation: z.number().int() });

/** What lies under these belongs to a film: a bucket that holds none of it is empty. */
const folders = {
  SOURCES: ["sources/", "remuxed/", "tails/"],
  MEDIA: ["media/", "work/", "reports/"],
} as const;

type Buckets = Pick<Env, "SOURCES" | "MEDIA">;

/** A bucket as it was read, with its stamp's etag, so that only what was judged is written over. */
export interface ReadBucket extends BucketState {
  bucket: R2Bucket;
  etag: string | null;
}

/** Parses a stamp's JSON, as `service_state` holds the database's; null when there is none, or none that can be read. */
export function parseStamp(text: string | null | undefined): Stamp | null {
  if (text === null || text === undefined) return null;
  try {
    return stampSchema.parse(JSON.parse(text));
  } catch (error) {
    console.error("an epoch can't be read", error);
    return null;
  }
}

/** Reads a bucket's stamp; null when it carries none. One that can't be parsed counts as another database's. */
export async function readStamp(bucket: R2Bucket): Promise<{ stamp: Stamp; etag: string } | null> {
  const object = await bucket.get(epochKey);
  if (object === null) return null;
  return { stamp: parseStamp(await object.text()) ?? { epoch: "", generation: 0 }, etag: object.etag };
}

/** Reads both buckets' stamps. Throws when R2 does. */
export async function readBuckets(env: Buckets): Promise<ReadBucket[]> {
  return await Promise.all(
    (["SOURCES", "MEDIA"] as const).map(async (name) => {
      const bucket = env[name];
      const read = await readStamp(bucket);
      if (read !== null) return { name, bucket, ...read, isEmpty: false };
      const isEmpty = await holdsNothing(bucket, folders[name]);
      return { name, bucket, stamp: null, etag: null, isEmpty };
    }),
  );
}

async function holdsNothing(bucket: R2Bucket, prefixes: readonly string[]): Promise<boolean> {
  const pages = await Promise.all(prefixes.map((prefix) => bucket.list({ prefix, limit: 1 })));
  return pages.every(({ objects }) => objects.length === 0);
}

/** Writes the database's stamp into the buckets, unless somebody else has written there since they were read. */
export async function stampBuckets(buckets: readonly ReadBucket[], stamp: Stamp, now: number): Promise<void> {
  const body = JSON.stringify({ ...stamp, at: new Date(now).toISOString() });
  for (const { bucket, etag } of buckets) {
    const onlyIf = etag === null ? new Headers({ "If-None-Match": "*" }) : { etagMatches: etag };
    await bucket.put(epochKey, body, { onlyIf, httpMetadata: { contentType: "application/json" } });
  }
}

/**
 * Gives a database without an epoch one, when its buckets are empty: before the first object is stored, so that a new
 * service never finds objects of unknown origin. Does nothing otherwise; the cron judges the rest.
 */
export async function ensureEpoch(env: Buckets & Pick<Env, "DB">, now: number): Promise<void> {
  const db = openDatabase(env);
  if ((await readState(db, stateNames.stamp)) !== null) return;
  const buckets = await readBuckets(env);
  if (checkEpoch(null, buckets).state === "adopt") await adoptFirst(env, null, buckets, now);
}

/** Writes the first stamp into the database (unless it has one) and the buckets. Two may do so at once. */
export async function adoptFirst(
  env: Pick<Env, "DB">,
  database: Stamp | null,
  buckets: readonly ReadBucket[],
  now: number,
): Promise<void> {
  const db = openDatabase(env);
  let stamp = database;
  if (stamp === null) {
    const made = JSON.stringify({ epoch: crypto.randomUUID(), generation: 1 } satisfies Stamp);
    await replaceState(db, stateNames.stamp, { from: null, to: made }, now);
    stamp = parseStamp(await readState(db, stateNames.stamp));
  }
  if (stamp !== null) {
    const missing = buckets.filter((bucket) => bucket.stamp === null);
    await stampBuckets(missing, stamp, now);
  }
}

/**
 * An operator says that this database is the right one for these buckets: it gets a new epoch, and both buckets its stamp.
 * The grace of everything that was deleted begins anew, because an old database may say of a film that was taken back
 * since that it is deleted.
 */
export async function adoptEpoch(env: Buckets & Pick<Env, "DB">, now: number): Promise<Stamp> {
  const db = openDatabase(env);
  const buckets = await readBuckets(env);
  const before = parseStamp(await readState(db, stateNames.stamp));
  const generations = [before, ...buckets.map(({ stamp }) => stamp)].map((one) => one?.generation ?? 0);
  const stamp: Stamp = { epoch: crypto.randomUUID(), generation: Math.max(...generations) + 1 };
  await db.batch([
    db
      .update(assets)
      .set({ deletedAt: now })
      .where(sql`${assets.deletedAt} is not null and ${assets.purgedAt} is null`),
    db.update(titles).set({ deletedAt: now }).where(sql`${titles.deletedAt} is not null`),
  ]);
  await writeState(db, stateNames.stamp, JSON.stringify(stamp), now);
  await writeState(db, stateNames.clock, JSON.stringify({ trusted: now, jumpedTo: null }), now);
  await stampBuckets(buckets, stamp, now);
  for (const code of epochAlarms) await endAlarm(db, code, now);
  return stamp;
}
