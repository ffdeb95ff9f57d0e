/** Gauges of the service: what it holds, what waits, and how far behind its followers are. Cheap, whatever the library's size. */
import { inArray } from "drizzle-orm";
import { z } from "zod";
import { endAlarm, raiseAlarm } from "../../catalog/alarms.ts";
import { changeConsumers, newestChange } from "../../catalog/changes.ts";
import { openDatabase } from "../../catalog/database.ts";
import { serviceState } from "../../catalog/schema.ts";
import { lastRunState } from "./run-steps.ts";

/** D1 takes no database above this, bytes (Cloudflare D1, limits). */
export const databaseLimit = 10_000_000_000;

/** Sizes at which an operator hears of it, bytes: in time to act, and when it is high time. */
const alarmSizes = { early: 6_000_000_000, late: 8_000_000_000 };

/** Changes that a follower may be behind before it is an alarm: at five minutes a run, a busy hour's. */
const alarmChanges = 20_000;

/** Rows that are counted one by one; beyond that it is "more than". */
const countedRows = 10_000;

/** See the file's comment. Times are Unix milliseconds. */
export interface Gauges {
  databaseBytes: number;
  /** Titles and assets that were ever added; tombstones count. */
  titles: number;
  assets: number;
  /** Of tasks and dead letters: at most {@link countedRows}, which stands for that many and more. */
  queued: number;
  running: number;
  deadLetters: number;
  cron: { dueAt: number; tookMs: number; statements: Record<string, number> } | null;
  /** Changes that each follower has not dealt with yet. */
  changesBehind: Record<string, number>;
}

const lastRun = z.object({
  dueAt: z.number(),
  tookMs: z.number(),
  statements: z.record(z.string(), z.number()),
});

/** Reads the gauges that cost a few rows: for `/healthz`. */
export async function readCheapGauges(
  env: Pick<Env, "DB">,
): Promise<Pick<Gauges, "databaseBytes" | "cron" | "changesBehind">> {
  const db = openDatabase(env);
  const size = await env.DB.prepare("select 1").run();
  const newest = await newestChange(db);
  const names = [lastRunState, ...changeConsumers.map((name) => `consumer:${name}`)];
  const rows = await db.select().from(serviceState).where(inArray(serviceState.name, names));
  const values = new Map(rows.map(({ name, value }) => [name, value]));
  const last = values.get(lastRunState);
  return {
    databaseBytes: size.meta.size_after,
    cron: last === undefined ? null : lastRun.parse(JSON.parse(last)),
    changesBehind: Object.fromEntries(
      changeConsumers.map((name) => [name, newest - Number(values.get(`consumer:${name}`) ?? 0)]),
    ),
  };
}

/** Reads all gauges, for operators. */
export async function readGauges(env: Pick<Env, "DB">): Promise<Gauges> {
  const atMost = (from: string): string =>
    `(select count(*) from (select 1 from ${from} limit ${countedRows}))`;
  const [cheap, rows] = await Promise.all([
    readCheapGauges(env),
    env.DB.prepare(
      // The highest row number, which costs one row, where a count would read all of them.
      `select coalesce((select max(rowid) from titles), 0) as titles, coalesce((select max(rowid) from assets), 0) as assets,
         ${atMost("tasks where status = 'queued'")} as queued, ${atMost("tasks where status = 'running'")} as running,
         ${atMost("dead_letters where rerun_at is null")} as deadLetters`,
    ).first<Pick<Gauges, "titles" | "assets" | "queued" | "running" | "deadLetters">>(),
  ]);
  const counts = rows ?? { titles: 0, assets: 0, queued: 0, running: 0, deadLetters: 0 };
  return { ...cheap, ...counts };
}

/** Raises the alarms that the gauges are for, and ends those that are over: a step of the cron. */
export async function watchGauges(env: Pick<Env, "DB">, now: number): Promise<void> {
  const db = openDatabase(env);
  const { databaseBytes, changesBehind } = await readCheapGauges(env);
  const wanted = alarmsOf(databaseBytes, changesBehind);
  for (const code of ["database_filling", "database_nearly_full", "changes_waiting"]) {
    const detail = wanted.get(code);
    if (detail === undefined) await endAlarm(db, code, now);
    else await raiseAlarm(db, code, detail, now);
  }
}

/** The alarms that these gauges ask for: code → what to do. Pure. */
export function alarmsOf(databaseBytes: number, changesBehind: Record<string, number>): Map<string, string> {
  const alarms = new Map<string, string>();
  const size = `The database holds ${(databaseBytes / 1e9).toFixed(1)} of ${databaseLimit / 1e9} GB.`;
  if (databaseBytes >= alarmSizes.late) {
    alarms.set(
      "database_nearly_full",
      `${size} At the limit every upload and every task fails. Now: purge deleted films, check that finished work is archived (cron step "archive finished work"), and move to a second database.`,
    );
  } else if (databaseBytes >= alarmSizes.early) {
    alarms.set(
      "database_filling",
      `${size} Plan for more room: see "A database that fills" in docs/operations.md.`,
    );
  }
  const behind = Object.entries(changesBehind).filter(([, count]) => count >= alarmChanges);
  if (behind.length > 0) {
    const who = behind.map(([name, count]) => `${name} (${count})`).join(", ");
    alarms.set(
      "changes_waiting",
      `Changes are not followed in time by: ${who}. Viewers, search or exports see an old state. Look in the log for the cron step that fails.`,
    );
  }
  return alarms;
}
