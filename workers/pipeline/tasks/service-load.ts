/**
 * What the whole fleet has to do, and its pace: the part of an estimate that all assets share. Kept in `service_state`, so
 * that an estimate reads one row; brought up to date by the cron, and by who asks where there is little to read.
 */
import { z } from "zod";
import { openDatabase } from "../../catalog/database.ts";
import { readState, writeState } from "../../catalog/service-state.ts";
import { secondsOf } from "./estimate-eta.ts";
import { remainingOf } from "./remaining-of.ts";
import { addUpTasks, type RunningTask, taskSums } from "./task-sums.ts";

const fleetLoad = z.object({
  at: z.number(),
  /** Finished encodes, newest first: when, the seconds that it took, and the seconds that it was planned for. */
  encodes: z.array(z.tuple([z.number(), z.number(), z.number()])),
  /** Seconds of work that open assets still need, for as many assets, with the asset's id where it is a single one. */
  open: z.array(z.object({ seconds: z.number(), assets: z.number(), id: z.string().optional() })),
});
/** What the fleet has to do. */
export type FleetLoad = z.infer<typeof fleetLoad>;

const stateName = "fleet:load";

/** Finished encodes that the fleet's pace is taken from. */
const keptEncodes = 40;

/** Open assets that stand for all when there are more. */
const readAssets = 500;

/** Entries that are kept one by one; more are put together by size. */
const keptEntries = 64;

/** The load is read anew after this long by who asks, milliseconds: where it is little, and where the cron stands still. */
const freshMs = { little: 5_000, much: 120_000 };

/** The load of the fleet, as of a moment ago. */
export async function readFleetLoad(env: Pick<Env, "DB">, now: number): Promise<FleetLoad> {
  const value = await readState(openDatabase(env), stateName);
  const known = value === null ? null : fleetLoad.parse(JSON.parse(value));
  const isLittle = known === null || known.open.every(({ id }) => id !== undefined);
  const age = now - (known?.at ?? 0);
  if (known !== null && age >= 0 && age < (isLittle ? freshMs.little : freshMs.much)) return known;
  return await noteFleetLoad(env, now, known);
}

/** Adds up the load and keeps it, for the cron. */
export async function noteFleetLoad(
  env: Pick<Env, "DB">,
  now: number,
  known?: FleetLoad | null,
): Promise<FleetLoad> {
  const db = openDatabase(env);
  const value = known === undefined ? await readState(db, stateName) : null;
  const before = known ?? (value === null ? null : fleetLoad.parse(JSON.parse(value)));
  const [opened, recent, runs] = await env.DB.batch<Record<string, unknown>>([
    env.DB.prepare(
      "select id, task_sums from assets where work = 'open' and deleted_at is null order by producer_id, id limit ?",
    ).bind(readAssets),
    env.DB.prepare(
      `select finished_at as at, (finished_at - started_at) / 1000.0 as took, planned_seconds as planned from tasks
       where status = 'done' and kind = 'video' and cpu_seconds > 0 and finished_at > started_at order by finished_at desc limit ?`,
    ).bind(keptEncodes),
    env.DB.prepare(
      `select asset_id as assetId, kind, planned_seconds as plannedSeconds, progress, started_at as startedAt from tasks
       where status = 'running' order by lease_until desc limit ?`,
    ).bind(2 * readAssets),
  ]);
  const encodes = mergeEncodes(z.array(encodeRow).parse(recent?.results ?? []), before?.encodes ?? []);
  const pace = paceOf(encodes);
  const running = Map.groupBy((runs?.results ?? []) as unknown as RunningTask[], ({ assetId }) => assetId);
  const rows = z.array(openRow).parse(opened?.results ?? []);
  const added = await addUpTasks(
    env,
    rows.filter((row) => row.task_sums === null).map(({ id }) => id),
  );
  const open = rows.flatMap(({ id, task_sums }) => {
    const sums = task_sums === null ? added.get(id) : taskSums.parse(JSON.parse(task_sums));
    if (sums === undefined) return [];
    const seconds = secondsOf(remainingOf(sums, running.get(id) ?? [], pace, now), pace);
    return [{ id, seconds: Math.round(seconds * 10) / 10, assets: 1 }];
  });
  const all = rows.length < readAssets ? rows.length : await countOpen(env);
  const load: FleetLoad = { at: now, encodes, open: putTogether(open, all / Math.max(1, rows.length)) };
  await writeState(db, stateName, JSON.stringify(load), now);
  return load;
}

/** How much longer than planned the fleet's latest encodes took; null when there are none. */
export function paceOf(encodes: FleetLoad["encodes"]): number | null {
  const planned = encodes.reduce((sum, [, , seconds]) => sum + seconds, 0);
  return planned === 0 ? null : encodes.reduce((sum, [, took]) => sum + took, 0) / planned;
}

const encodeRow = z.object({ at: z.number(), took: z.number(), planned: z.number() });
const openRow = z.object({ id: z.string(), task_sums: z.string().nullable() });

/** Finished films' tasks leave the database, so what was known of encodes is kept until newer ones take its place. */
function mergeEncodes(rows: z.infer<typeof encodeRow>[], before: FleetLoad["encodes"]): FleetLoad["encodes"] {
  const found = rows.map(({ at, took, planned }): [number, number, number] => [at, took, planned]);
  const keys = new Set(found.map((one) => one.join()));
  return [...found, ...before.filter((one) => !keys.has(one.join()))]
    .sort((a, b) => b[0] - a[0])
    .slice(0, keptEncodes);
}

/** Puts assets of about the same work together, each standing for `share` assets, when there are many. */
function putTogether(open: FleetLoad["open"], share: number): FleetLoad["open"] {
  if (open.length <= keptEntries && share <= 1) return open;
  const sorted = open.toSorted((a, b) => a.seconds - b.seconds);
  const size = Math.ceil(sorted.length / keptEntries);
  const groups: FleetLoad["open"] = [];
  for (let n = 0; n < sorted.length; n += size) {
    const group = sorted.slice(n, n + size);
    const sum = group.reduce((total, { seconds }) => total + seconds, 0);
    groups.push({ seconds: sum / group.length, assets: group.length * share });
  }
  return groups;
}

async function countOpen(env: Pick<Env, "DB">): Promise<number> {
  const row = await env.DB.prepare(
    "select count(*) as n from (select 1 from assets where work = 'open' and deleted_at is null limit 20000)",
  ).first<{ n: number }>();
  return row?.n ?? 0;
}
