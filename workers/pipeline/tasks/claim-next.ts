/**
 * Claiming without the scheduler, for consumers that can't reach it: a bounded look at the queue in D1, whatever its length.
 */
import { sql } from "drizzle-orm";
import type { Database } from "../../catalog/database.ts";
import { idAlphabet } from "../../shared/new-id.ts";
import { type Lane, lanes } from "../scheduler/lanes.ts";
import { claimTask, type TaskRow, unqueueUnwanted } from "./task-lease.ts";

/** Assets that one look compares. Drawn at random, so that each has its turn. */
const drawnAssets = 3;

/** Running tasks of an asset are counted up to this. */
const mostCounted = 5;

/** Looks before a claim gives up until it is called again: others may be faster each time. */
const looks = 8;

interface Head {
  /** Priority of the look; null when the lane is empty from `above` on. */
  priority: number | null;
  /** Null when none of the drawn assets has a due task. */
  id: string | null;
  running: number;
  queuedAt: number;
  ordinal: number;
}

/**
 * Takes a task that should run next: of the lowest priority, and among a few assets drawn at random that of the one with
 * the fewest running, then the one that waits longest. Exact where few assets wait; the scheduler is exact always.
 * @returns the row with its new lease; null when nothing was found due.
 */
export async function claimNextTask(
  db: Database,
  lease: string,
  now: number,
  lane: Lane | "any" = "any",
): Promise<TaskRow | null> {
  for (let look = 0; look < looks; look++) {
    const found: (Head & { id: string })[] = [];
    for (const one of lane === "any" ? lanes : [lane]) {
      const head = await findHead(db, one, now);
      if (head !== null) found.push(head);
    }
    const best = found.sort(compareHeads)[0];
    if (best === undefined) return null;
    const row = await claimTask(db, best.id, lease, now);
    if (row !== null) return row;
    await unqueueUnwanted(db, best.id);
  }
  return null;
}

function compareHeads(a: Head, b: Head): number {
  return (
    (a.priority ?? 0) - (b.priority ?? 0) ||
    a.running - b.running ||
    a.queuedAt - b.queuedAt ||
    a.ordinal - b.ordinal
  );
}

/** The best due task of the lowest priority that shows one. */
async function findHead(db: Database, lane: Lane, now: number): Promise<(Head & { id: string }) | null> {
  let above = -1;
  for (;;) {
    const [head] = await look(db, lane, above, now);
    if (head === undefined || head.priority === null) return null;
    const { id } = head;
    if (id !== null) return { ...head, id };
    above = head.priority;
  }
}

/** One statement: from a place drawn at random, asset by asset along the index `tasks_queued`, and round at its end. */
function look(db: Database, lane: Lane, above: number, now: number): Promise<Head[]> {
  const queued = sql`status = 'queued' and (kind = 'video') = ${lane === "heavy" ? 1 : 0}`;
  const assetAfter = (asset: ReturnType<typeof sql>) =>
    sql`(select asset_id from tasks where ${queued} and priority = (select priority from lowest) and asset_id > ${asset}
      order by asset_id limit 1)`;
  return db.all<Head>(sql`
    with recursive
      lowest as materialized (
        select (select priority from tasks where ${queued} and priority > ${above} order by priority limit 1) as priority),
      drawn(n, asset) as (
        select 1, coalesce(${assetAfter(sql`${drawPlace()}`)}, ${assetAfter(sql`''`)})
        union all
        select n + 1, coalesce(${assetAfter(sql`drawn.asset`)}, ${assetAfter(sql`''`)}) from drawn
        where n < ${drawnAssets} and asset is not null),
      heads as (
        select t.id, t.queued_at as queuedAt, t.ordinal,
          (select count(*) from (select 1 from tasks r where r.asset_id = d.asset and r.status = 'running'
            limit ${mostCounted})) as running
        from (select distinct asset from drawn) d cross join tasks t on t.id = (
          select id from tasks where ${queued} and priority = (select priority from lowest) and asset_id = d.asset
            and not_before <= ${now} order by queued_at, ordinal limit 1)
        order by running, t.queued_at, t.ordinal limit 1)
    select lowest.priority, heads.* from lowest left join heads`);
}

/** A place among the ids of assets, each as likely as any other. */
function drawPlace(): string {
  const random = crypto.getRandomValues(new Uint8Array(8));
  return `ast_${Array.from(random, (byte) => idAlphabet.charAt(byte & 31)).join("")}`;
}
