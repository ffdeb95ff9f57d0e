/**
 * The reconciler: finds by query the work that a lost message, a dead process or a missed notification left standing, and
 * moves it on. Queues are hints; this is what makes sure that every finished upload ends. Each step is bounded, a row that
 * fails is logged and does not stop the others, and rows are drawn at random where there may be more of them than one
 * run takes, so that failing ones can't keep the others from their turn.
 */
import { and, eq, isNull, lt, ne, sql } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { assets, tasks } from "../../catalog/schema.ts";
import { advanceAsset, startAsset } from "../lifecycle/asset-lifecycle.ts";
import { deleteAsset, stragglerMs } from "../lifecycle/delete-asset.ts";
import { failStuck } from "../lifecycle/fail-stuck.ts";
import { resendLost } from "../tasks/resend-lost.ts";
import { deleteFailedOutput } from "./delete-failed-output.ts";
import { findMissedSources } from "./find-missed-sources.ts";
import { removeRetired } from "./remove-retired.ts";
import { scrub } from "./scrub.ts";
import { sweepOrphans } from "./sweep-orphans.ts";

/** Rows of each kind that one run looks at. */
const batchRows = 100;

/** An asset that waits this long has missed its notification. */
const waitingMs = 20_000;

const drawn = sql`random()`;

/** The steps of a run, in order. */
const steps: [string, (env: Env, now: number) => Promise<void>][] = [
  ["find missed sources", findMissedSources],
  ["start forgotten assets", startForgotten],
  ["send lost tasks again", resendLost],
  ["advance stuck assets", advanceStuck],
  ["purge deleted assets", purgeDeleted],
  ["delete failed output", deleteFailedOutput],
  ["remove retired renditions", removeRetired],
  ["sweep orphans", sweepOrphans],
  ["scrub", scrub],
];

/** Runs once a minute in the cloud. @param now Unix milliseconds */
export async function reconcile(env: Env, now: number): Promise<void> {
  for (const [name, step] of steps) {
    try {
      await step(env, now);
    } catch (error) {
      console.error("reconciler could not", name, error);
    }
  }
}

async function each(ids: { id: string }[], what: string, act: (id: string) => Promise<void>): Promise<void> {
  for (const { id } of ids) {
    try {
      await act(id);
    } catch (error) {
      console.error(`could not ${what}`, id, error);
    }
  }
}

/**
 * Deleted assets that may still have objects in R2: the request was cut short, or an attempt has stored something
 * since.
 */
async function purgeDeleted(env: Env, now: number): Promise<void> {
  const deleted = await openDatabase(env)
    .select({ id: assets.id })
    .from(assets)
    .where(and(lt(assets.deletedAt, now - stragglerMs), isNull(assets.purgedAt)))
    .orderBy(drawn)
    .limit(batchRows);
  await each(deleted, "purge", (id) => deleteAsset(env, id, now));
}

async function startForgotten(env: Env, now: number): Promise<void> {
  const waiting = await openDatabase(env)
    .select({ id: assets.id })
    .from(assets)
    .where(and(eq(assets.status, "waiting"), isNull(assets.deletedAt), lt(assets.updatedAt, now - waitingMs)))
    .orderBy(drawn)
    .limit(batchRows);
  await each(waiting, "start", (id) => startAsset(env, id, now));
}

/** Assets with open work and nothing queued or running: their next tasks were never sent, or publishing was cut short. */
async function advanceStuck(env: Env, now: number): Promise<void> {
  const standing = await openDatabase(env)
    .select({ id: assets.id, status: assets.status })
    .from(assets)
    .where(
      and(
        eq(assets.work, "open"),
        ne(assets.status, "waiting"),
        isNull(assets.deletedAt),
        sql`not exists (select 1 from ${tasks} where ${tasks.assetId} = ${assets.id}
            and ${tasks.status} in ('queued', 'running'))`,
      ),
    )
    .orderBy(drawn)
    .limit(batchRows);
  for (const { id, status } of standing) {
    let cause: unknown = "Nothing is left to do, and it can't be published.";
    try {
      // One that does not even have its inspection gets it by being started.
      await (status === "preparing" ? startAsset(env, id, now) : advanceAsset(env, id, now));
    } catch (error) {
      console.error("could not advance", id, error);
      cause = error;
    }
    if (await failStuck(env, id, cause, now)) console.error("gave up on", id, cause);
  }
}
