/**
 * Reads sources whole, the ones that never were first, then the ones that were read longest ago, and keeps or compares their
 * SHA-256. Some gigabytes a minute, so that a large library's sources take longer than 30 days: existence, size and etag are
 * what the scrubber sees in that time, and R2 itself compares checksums as it reads.
 */
import { eq, sql } from "drizzle-orm";
import { z } from "zod";
import { raiseAlarm } from "../../catalog/alarms.ts";
import { type Database, openDatabase } from "../../catalog/database.ts";
import { assets } from "../../catalog/schema.ts";
import { readState, replaceState } from "../../catalog/service-state.ts";
import { scrubbedWithinMs } from "./scrub.ts";
import { digestRange, joinDigests, pieceAt, pieceBytes } from "./source-digest.ts";

/** Sources that one run begins with at most, when they are small. */
const sourcesPerRun = 50;

/** A film that is being encoded is left alone for this long: on a laptop both want the same processors. */
const patienceMs = 3_600_000;

/** A source that R2 can't give now has its turn again after this long. */
const retryMs = 3_600_000;

/** The name in `service_state` of the source that is read in pieces. */
const stateName = "source-digest";

const partly = z.object({ assetId: z.string(), etag: z.string(), pieces: z.array(z.string()) });

type Source = Pick<
  typeof assets.$inferSelect,
  "id" | "sourceKey" | "sourceBytes" | "sourceEtag" | "sourceSha256"
>;

/** Reads the next sources, as many bytes as `DIGEST_BYTES_PER_RUN` says, but a piece at least. */
export async function readSources(env: Env, now: number, size = pieceBytes): Promise<void> {
  const db = openDatabase(env);
  let left = Number(env.DIGEST_BYTES_PER_RUN);
  for (const source of await findDue(db, now)) {
    if (left <= 0) return;
    try {
      left -= await readSource(env, db, source, { left, size }, now);
    } catch (error) {
      console.error("could not read a source", source.id, error);
      await endTurn(db, source.id, now - scrubbedWithinMs + retryMs);
    }
  }
}

/** Never read: oldest first. Then those whose turn has come again. Both walk the index of `source_read_at`. */
async function findDue(db: Database, now: number): Promise<Source[]> {
  const { id, sourceKey, sourceBytes, sourceEtag, sourceSha256 } = assets;
  const columns = { id, sourceKey, sourceBytes, sourceEtag, sourceSha256 };
  const fresh = await db
    .select(columns)
    .from(assets)
    .where(
      sql`${assets.deletedAt} is null and ${assets.sourceReadAt} is null
        and (${assets.work} <> 'open' or ${assets.createdAt} <= ${now - patienceMs})`,
    )
    .limit(sourcesPerRun);
  if (fresh.length > 0) return fresh;
  return await db
    .select(columns)
    .from(assets)
    .where(sql`${assets.deletedAt} is null and ${assets.sourceReadAt} <= ${now - scrubbedWithinMs}`)
    .orderBy(assets.sourceReadAt)
    .limit(sourcesPerRun);
}

/** Reads as much of a source as is allowed, a piece at least. @returns the bytes that were read */
async function readSource(
  env: Env,
  db: Database,
  source: Source,
  allowed: { left: number; size: number },
  now: number,
): Promise<number> {
  let read = 0;
  const stored = await readState(db, stateName);
  const begun = stored === null ? null : partly.parse(JSON.parse(stored));
  const goesOn = begun?.assetId === source.id && begun.etag === source.sourceEtag;
  const pieces = goesOn ? [...begun.pieces] : [];
  for (;;) {
    const range = pieceAt(source.sourceBytes, pieces.length, allowed.size);
    if (range === null) break;
    if (read > 0 && read + range.length > allowed.left) {
      const to = JSON.stringify({ assetId: source.id, etag: source.sourceEtag, pieces });
      await replaceState(db, stateName, { from: stored, to }, now);
      return allowed.left;
    }
    const digest = await digestRange(env.SOURCES, source.sourceKey, range);
    read += range.length;
    if (digest === null) {
      await report(db, source, "is missing", now);
      return read;
    }
    pieces.push(digest);
  }
  const sha256 = await joinDigests(pieces);
  if (source.sourceSha256 !== null && source.sourceSha256 !== sha256) {
    await report(db, source, `reads as other bytes: SHA-256 ${sha256}, it was ${source.sourceSha256}`, now);
    return read;
  }
  await db
    .update(assets)
    .set(source.sourceSha256 === null ? { sourceSha256: sha256, sourceReadAt: now } : { sourceReadAt: now })
    .where(eq(assets.id, source.id));
  return read;
}

async function report(db: Database, source: Source, what: string, now: number): Promise<void> {
  console.error("a source is damaged", source.id, source.sourceKey, what);
  const detail = `The source ${source.sourceKey} of ${source.id} ${what}. Restore it from a copy of the bucket. The log ("a source is damaged") names others.`;
  await raiseAlarm(db, "source_damaged", detail, now);
  await endTurn(db, source.id, now);
}

/** Ends a source's turn, so that one that can't be read does not keep the others from theirs. */
async function endTurn(db: Database, id: string, sourceReadAt: number): Promise<void> {
  await db.update(assets).set({ sourceReadAt }).where(eq(assets.id, id));
}
