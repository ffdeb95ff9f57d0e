/**
 * Claiming without the scheduler, for consumers that can't reach it: a bounded look at the queue in D1, whatever its length.
 */
import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../catalog/database.ts";
import { idAlphabet } from "../../shared/new-id.ts";
import { type Lane, lanes } from "../scheduler/lanes.ts";
import { claimTask, type TaskRow, unqueueUnwanted } from "./task-lease.ts";

/** Producers that one look compares, and assets of the one that is chosen. Drawn at random, so that each has its turn. */
const drawnProducers = 2;
const drawnAssets = 2;

/** Draws before a lane counts as empty, where tasks of all producers that were drawn are postponed. */
const draws = 5;

/** Running tasks are counted up to these. Two draws, two looks and the claim read 50 rows at most. */
const mostCounted = { producer: 4, asset: 3 };

/** Looks before a claim gives up until it is called again: others may be faster each time. */
const looks = 8;

interface Producer {
  id: string;
  running: number;
}

interface Head {
  /** Priority of the look; null when the producer has nothing in the lane from `above` on. */
  priority: number | null;
  /** Null when none of the drawn assets has a due task. */
  id: string | null;
  running: number;
  queuedAt: number;
  ordinal: number;
}

/** A task that could run next, and how many of its producer's run. */
type Found = Head & { id: string; producerRuns: number };

/**
 * Takes a task that should run next: among a few producers drawn at random that of the one with the fewest running; there of the
 * lowest priority, and among a few of their assets that of the one with the fewest running, then the one that waits longest.
 * Exact where few wait; the scheduler is exact always.
 * @returns the row with its new lease; null when nothing was found due.
 */
export async function claimNextTask(
  db: Database,
  lease: string,
  now: number,
  lane: Lane | "any" = "any",
): Promise<TaskRow | null> {
  for (let look = 0; look < looks; look++) {
    const found: Found[] = [];
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

function compareHeads(a: Found, b: Found): number {
  return (
    a.producerRuns - b.producerRuns ||
    (a.priority ?? 0) - (b.priority ?? 0) ||
    a.running - b.running ||
    a.queuedAt - b.queuedAt ||
    a.ordinal - b.ordinal
  );
}

/** The best due task of the first of some drawn producers who has one. */
async function findHead(db: Database, lane: Lane, now: number): Promise<Found | null> {
  let from = drawPlace("prd");
  for (let draw = 0; draw < draws; draw++) {
    const producers = await drawProducers(db, lane, from);
    for (const producer of producers.toSorted((a, b) => a.running - b.running)) {
      const head = await findHeadOf(db, lane, producer.id, now);
      if (head !== null) return { ...head, producerRuns: producer.running };
    }
    if (producers.length < drawnProducers) return null; // these were all
    from = producers.at(-1)?.id ?? from;
  }
  return null;
}

/** Producers with queued tasks, from this place on, and round at the end. */
async function drawProducers(db: Database, lane: Lane, from: string): Promise<Producer[]> {
  const after = (producer: SQL) =>
    sql`(select producer_id from tasks where ${queuedIn(lane)} and producer_id > ${producer} order by producer_id limit 1)`;
  return await db.all<Producer>(sql`
    with recursive drawn(n, producer) as (
      select 1, coalesce(${after(sql`${from}`)}, ${after(sql`''`)}, (select producer_id from tasks
        where ${queuedIn(lane)} and producer_id = '' limit 1))
      union all
      select n + 1, coalesce(${after(sql`drawn.producer`)}, ${after(sql`''`)}) from drawn
      where n < ${drawnProducers} and producer is not null)
    select producer as id, (select count(*) from (select 1 from tasks r where r.producer_id = drawn.producer
        and r.status = 'running' limit ${mostCounted.producer})) as running
    from drawn where producer is not null group by producer order by min(n)`);
}

/** The best due task of the lowest priority at which this producer shows one. */
async function findHeadOf(
  db: Database,
  lane: Lane,
  producer: string,
  now: number,
): Promise<(Head & { id: string }) | null> {
  let above = -1;
  for (;;) {
    const [head] = await look(db, lane, producer, above, now);
    if (head === undefined || head.priority === null) return null;
    const { id } = head;
    if (id !== null) return { ...head, id };
    above = head.priority;
  }
}

/** One statement: from a place drawn at random, asset by asset along the index `tasks_queued`, and round at its end. */
function look(db: Database, lane: Lane, producer: string, above: number, now: number): Promise<Head[]> {
  const queued = sql`${queuedIn(lane)} and producer_id = ${producer}`;
  const assetAfter = (asset: SQL) =>
    sql`(select asset_id from tasks where ${queued} and priority = (select priority from lowest) and asset_id > ${asset}
      order by asset_id limit 1)`;
  return db.all<Head>(sql`
    with recursive
      lowest as materialized (
        select (select priority from tasks where ${queued} and priority > ${above} order by priority limit 1) as priority),
      drawn(n, asset) as (
        select 1, coalesce(${assetAfter(sql`${drawPlace("ast")}`)}, ${assetAfter(sql`''`)})
        union all
        select n + 1, coalesce(${assetAfter(sql`drawn.asset`)}, ${assetAfter(sql`''`)}) from drawn
        where n < ${drawnAssets} and asset is not null),
      heads as (
        select t.id, t.queued_at as queuedAt, t.ordinal,
          (select count(*) from (select 1 from tasks r where r.asset_id = d.asset and r.status = 'running'
            limit ${mostCounted.asset})) as running
        from (select distinct asset from drawn) d cross join tasks t on t.id = (
          select id from tasks where ${queued} and priority = (select priority from lowest) and asset_id = d.asset
            and not_before <= ${now} order by queued_at, ordinal limit 1)
        order by running, t.queued_at, t.ordinal limit 1)
    select lowest.priority, heads.* from lowest left join heads`);
}

function queuedIn(lane: Lane): SQL {
  return sql`status = 'queued' and (kind = 'video') = ${lane === "heavy" ? 1 : 0}`;
}

/** A place among the ids with this prefix, each as likely as any other. */
function drawPlace(prefix: "prd" | "ast"): string {
  const random = crypto.getRandomValues(new Uint8Array(8));
  return `${prefix}_${Array.from(random, (byte) => idAlphabet.charAt(byte & 31)).join("")}`;
}
