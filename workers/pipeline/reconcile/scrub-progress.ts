import { sql } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { readLibrarySize } from "../../catalog/library-size.ts";
import { assetsPerRun, scrubbedWithinMs } from "./scrub.ts";

/** More overdue assets than these are not counted: the figure says "a thousand and more". */
const mostCounted = 1000;

/** How far the scrubber is. Times are Unix milliseconds. */
export interface ScrubProgress {
  /** Is true when every asset was seen, with its source, within the last 30 days. */
  isCheckedIn30Days: boolean;
  /** The asset that was seen longest ago was seen at this time; null: one was never seen, or there is none. */
  oldestVerifiedAt: number | null;
  /** Assets that were not seen for 30 days, 1,000 at most. */
  behind: number;
  /** Assets that one minute looks at. */
  assetsPerMinute: number;
  /** Sources without a SHA-256 yet, 1,000 at most. */
  unreadSources: number;
  /** The source that was read whole longest ago was read at this time; null: there is none. */
  oldestSourceReadAt: number | null;
}

/** Tells how far the scrubber is, along its indexes: reads a thousand rows or so at most. */
export async function scrubProgress(env: Env, now: number): Promise<ScrubProgress> {
  const db = openDatabase(env);
  const periodMs = Number(env.SCRUB_AFTER_SECONDS) * 1000;
  // A turn comes a period after the one before it.
  const overdue = now - scrubbedWithinMs + periodMs;
  const row = await db.get<{
    oldest: number | null;
    behind: number;
    unread: number;
    read: number | null;
  }>(sql`select
    (select scrub_at from assets where deleted_at is null order by scrub_at limit 1) as oldest,
    (select count(*) from (select 1 from assets where deleted_at is null and scrub_at < ${overdue} limit ${mostCounted})) as behind,
    (select count(*) from (select 1 from assets where deleted_at is null and source_read_at is null limit ${mostCounted})) as unread,
    (select min(source_read_at) from assets where deleted_at is null) as read`);
  const oldest = row?.oldest ?? null;
  return {
    isCheckedIn30Days: (row?.behind ?? 0) === 0,
    oldestVerifiedAt: oldest === null || oldest < periodMs ? null : oldest - periodMs,
    behind: row?.behind ?? 0,
    assetsPerMinute: assetsPerRun(await readLibrarySize(db)),
    unreadSources: row?.unread ?? 0,
    oldestSourceReadAt: row?.read ?? null,
  };
}
