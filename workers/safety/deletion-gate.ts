/**
 * The gate before everything that deletes objects: open only while the database and the buckets belong together, the clock
 * can be trusted, and no alarm says otherwise. What can't be read keeps it closed.
 */
import { isNull, sql } from "drizzle-orm";
import { z } from "zod";
import { endAlarm, raiseAlarm } from "../catalog/alarms.ts";
import { type Database, openDatabase } from "../catalog/database.ts";
import { alarms, serviceState } from "../catalog/schema.ts";
import { replaceState, writeState } from "../catalog/service-state.ts";
import { type ClockState, checkClock } from "./check-clock.ts";
import { checkEpoch, epochAlarms, type Stamp } from "./check-epoch.ts";
import { adoptFirst, parseStamp, readBuckets, stampBuckets, stateNames } from "./epoch-stamp.ts";

/** Alarms during which nothing is deleted, whatever raised them. */
const closingAlarms: readonly string[] = [...epochAlarms, "sweep_fuse"];

/** The generation is raised this often, so that a backup that is older is known by it. */
const generationMs = 5 * 60_000;

const clockSchema = z.object({ trusted: z.number(), jumpedTo: z.number().nullable() });

/** Asked before each step that deletes; asks D1 and R2 once, at the first time, and remembers the answer. */
export interface DeletionGate {
  mayDelete(): Promise<boolean>;
}

/**
 * Makes the gate of one run of the cron, or of one request. The first question raises, or ends, the alarms about the
 * database's epoch, and keeps the stamps fresh.
 */
export function deletionGate(env: Pick<Env, "DB" | "SOURCES" | "MEDIA">, now: number): DeletionGate {
  let answer: Promise<boolean> | undefined;
  return {
    mayDelete() {
      answer ??= examine(env, now).catch((error: unknown) => {
        console.error("nothing is deleted, because it can't be read if that is safe", error);
        return false;
      });
      return answer;
    },
  };
}

async function examine(env: Pick<Env, "DB" | "SOURCES" | "MEDIA">, now: number): Promise<boolean> {
  const db = openDatabase(env);
  const names = Object.values(stateNames);
  const [states, lasting] = await db.batch([
    db.select().from(serviceState).where(sql`${serviceState.name} in ${names}`),
    db.select({ code: alarms.code }).from(alarms).where(isNull(alarms.endedAt)),
  ]);
  const stored = states.find(({ name }) => name === stateNames.stamp);
  const database = parseStamp(stored?.value);
  if (stored !== undefined && database === null) throw new Error("the database's epoch can't be read");
  const buckets = await readBuckets(env);
  const verdict = checkEpoch(database, buckets);
  if (verdict.state === "alarm") {
    await raiseAlarm(db, verdict.code, verdict.detail, now);
    return false;
  }
  for (const code of epochAlarms) {
    if (lasting.some((alarm) => alarm.code === code)) await endAlarm(db, code, now);
  }
  if (verdict.state === "adopt") await adoptFirst(env, database, buckets, now);
  else if (database !== null && isDue(stored?.updatedAt ?? 0, now)) {
    const raised: Stamp = { ...database, generation: database.generation + 1 };
    const change = { from: stored?.value ?? null, to: JSON.stringify(raised) };
    // The database first: a bucket must never name a generation that the database has not come to.
    if (await replaceState(db, stateNames.stamp, change, now)) await stampBuckets(buckets, raised, now);
  }
  const clock = states.find(({ name }) => name === stateNames.clock)?.value;
  const isClockRight = await lookAtClock(db, clock, now);
  return isClockRight && !lasting.some(({ code }) => code === "sweep_fuse");
}

function isDue(raisedAt: number, now: number): boolean {
  return Math.abs(now - raisedAt) >= generationMs;
}

/** Follows the clock. @returns true when deleting may go by it */
async function lookAtClock(db: Database, stored: string | undefined, now: number): Promise<boolean> {
  const known: ClockState =
    stored === undefined ? { trusted: now, jumpedTo: null } : clockSchema.parse(JSON.parse(stored));
  const { holds, ...next } = checkClock(known, now);
  const isNews = next.jumpedTo !== known.jumpedTo || isDue(known.trusted, next.trusted);
  if (stored === undefined || isNews) await writeState(db, stateNames.clock, JSON.stringify(next), now);
  if (holds) console.warn("the clock has jumped ahead; nothing is deleted until it has gone on for a day");
  return !holds;
}

/** Is true of an alarm that keeps everything from being deleted while it lasts. */
export function stopsDeleting(code: string): boolean {
  return closingAlarms.includes(code);
}
