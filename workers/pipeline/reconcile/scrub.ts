/**
 * The scrubber: looks at assets in turn, so that every source and all that is published is seen once in 30 days. Of each source
 * it asks for existence, size and etag (read-sources.ts reads the bytes); of a published asset it compares all objects with the
 * ledgers (scrub-asset.ts). It reads the rows whose turn it is, along an index of turns, and no others.
 */
import { and, asc, eq, lte, sql } from "drizzle-orm";
import { raiseAlarm } from "../../catalog/alarms.ts";
import { type Database, openDatabase } from "../../catalog/database.ts";
import { readLibrarySize } from "../../catalog/library-size.ts";
import { assets } from "../../catalog/schema.ts";
import { type ReadCounter, scrubAsset } from "./scrub-asset.ts";

/** Everything is seen once in this time. */
export const scrubbedWithinMs = 30 * 86_400_000;

/** Bytes of media (samples) that one run reads; the asset it is at is finished. */
const bytesPerRun = 512 * 1024 * 1024;

/** A run's assets: never fewer, whatever the library's size (130,000 in 30 days), never more than a minute bears. */
const fewestPerRun = 3;
const mostPerRun = 100;

/** The pace is a third faster than 30 days ask for, so that a day's standstill is made good. */
const haste = 4 / 3;

/** An asset that is being worked on, or can't be read now, has its turn again after this long. */
const laterMs = 3_600_000;

/** Assets that one run looks at. @param library the number of assets there are */
export function assetsPerRun(library: number): number {
  const runs = scrubbedWithinMs / 60_000;
  return Math.min(mostPerRun, Math.max(fewestPerRun, Math.ceil((library * haste) / runs)));
}

/** Looks at the assets whose turn it is. One that can't be read is logged and does not stop the others. */
export async function scrub(env: Env, now: number): Promise<void> {
  const db = openDatabase(env);
  const due = await db
    .select({
      ...{ id: assets.id, status: assets.status, work: assets.work, verifiedAt: assets.verifiedAt },
      ...{ sourceKey: assets.sourceKey, sourceBytes: assets.sourceBytes, sourceEtag: assets.sourceEtag },
    })
    .from(assets)
    // Written out, not bound: only then the index of turns, which leaves deleted assets out, is used.
    .where(and(sql`${assets.deletedAt} is null`, lte(assets.scrubAt, now)))
    .orderBy(asc(assets.scrubAt))
    .limit(assetsPerRun(await readLibrarySize(db)));
  const counter: ReadCounter = { bytes: 0 };
  for (const asset of due) {
    if (counter.bytes >= bytesPerRun) return;
    let next = now + laterMs;
    try {
      await checkSource(env, db, asset, now);
      next = await lookAt(env, asset, now, counter);
    } catch (error) {
      console.error("could not verify", asset.id, error);
    }
    await db.update(assets).set({ scrubAt: next }).where(eq(assets.id, asset.id));
  }
}

type Due = Pick<
  typeof assets.$inferSelect,
  "id" | "status" | "work" | "verifiedAt" | "sourceKey" | "sourceBytes" | "sourceEtag"
>;

/** @returns the time of its next turn, Unix milliseconds */
async function lookAt(env: Env, asset: Due, now: number, counter: ReadCounter): Promise<number> {
  const periodMs = Number(env.SCRUB_AFTER_SECONDS) * 1000;
  if (asset.work === "open") return now + Math.min(laterMs, periodMs);
  if (asset.status !== "ready" || asset.work !== "done") return now + periodMs;
  // Publishing verifies too, so what was published a moment ago is not looked at again.
  const dueAt = (asset.verifiedAt ?? 0) + periodMs;
  if (dueAt > now) return dueAt;
  const faults = await scrubAsset(env, asset.id, now, counter);
  return now + (faults.length === 0 ? periodMs : Math.min(laterMs, periodMs));
}

/** A source is never made again, so what is wrong with one is for a person. */
async function checkSource(env: Env, db: Database, asset: Due, now: number): Promise<void> {
  const object = await env.SOURCES.head(asset.sourceKey);
  if (object?.size === asset.sourceBytes && object.etag === asset.sourceEtag) return;
  const what = object === null ? "is missing" : `has ${object.size} bytes, etag ${object.etag}`;
  console.error("a source is damaged", asset.id, asset.sourceKey, what);
  await raiseAlarm(
    db,
    "source_damaged",
    `The source ${asset.sourceKey} of ${asset.id} ${what}; it had ${asset.sourceBytes} bytes, etag ${asset.sourceEtag}. Restore it from a copy of the bucket. The log ("a source is damaged") names others.`,
    now,
  );
}
