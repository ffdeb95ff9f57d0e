/** Assets that stand still: begun never, or with open work that nobody does. */
import { and, sql } from "drizzle-orm";
import type { Room } from "../../catalog/count-statements.ts";
import { openDatabase } from "../../catalog/database.ts";
import { behind } from "../../catalog/row-order.ts";
import { assets, tasks } from "../../catalog/schema.ts";
import { takeTurns } from "../../catalog/take-turns.ts";
import { advanceAsset, startAsset } from "../lifecycle/asset-lifecycle.ts";
import { failStuck } from "../lifecycle/fail-stuck.ts";
import { assetsByUpdate } from "./assets-by-update.ts";

/** An asset that waits this long has missed its notification, milliseconds. */
const waitingMs = 20_000;

/** Waiting assets that one run starts. */
const startedPerRun = 100;

/** Open assets that one run looks at; looking reads three rows or four. */
const lookedAtPerRun = 250;

/** Statements that starting or advancing an asset takes, about; publishing takes the most. */
const statementsEach = 20;

/** Starts assets whose notification never came. */
export async function startForgotten(env: Env, now: number, room: Room): Promise<void> {
  const db = openDatabase(env);
  await takeTurns(
    db,
    {
      name: "start",
      limit: startedPerRun,
      ...assetsByUpdate(
        db,
        sql`${assets.status} = 'waiting' and ${assets.deletedAt} is null and ${assets.updatedAt} < ${now - waitingMs}`,
      ),
      act: ({ id }) => startAsset(env, id, now),
      room: () => room(statementsEach),
    },
    now,
  );
}

/** Assets with open work and nothing queued or running: their next tasks were never sent, or publishing was cut short. */
export async function advanceStuck(env: Env, now: number, room: Room): Promise<void> {
  const db = openDatabase(env);
  await takeTurns(
    db,
    {
      name: "advance",
      limit: lookedAtPerRun,
      read: async (after, limit) =>
        await db
          .select({
            id: assets.id,
            producerId: assets.producerId,
            status: assets.status,
            // With names of its own: in a selection of one table drizzle names columns alone, and both tables have an id.
            isStanding: sql<number>`${assets.status} <> 'waiting' and not exists (select 1 from ${tasks} t
              where t.asset_id = assets.id and t.status in ('queued', 'running'))`,
          })
          .from(assets)
          .where(
            and(
              sql`${assets.work} = 'open' and ${assets.deletedAt} is null`,
              behind([assets.producerId, assets.id], after),
            ),
          )
          .orderBy(assets.producerId, assets.id)
          .limit(limit),
      placeOf: ({ producerId, id }) => [producerId, id],
      act: async ({ id, status, isStanding }) => {
        if (isStanding === 1) await advance(env, id, status, now);
      },
      room: () => room(statementsEach),
    },
    now,
  );
}

async function advance(env: Env, id: string, status: string, now: number): Promise<void> {
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
