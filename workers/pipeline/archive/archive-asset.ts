import { and, eq, sql } from "drizzle-orm";
import type { Room } from "../../catalog/count-statements.ts";
import { openDatabase } from "../../catalog/database.ts";
import { behind } from "../../catalog/row-order.ts";
import { assets, renditions, tasks } from "../../catalog/schema.ts";
import { takeTurns } from "../../catalog/take-turns.ts";
import { addUpTasks } from "../tasks/task-sums.ts";
import { type ArchivedPlan, archiveKeys } from "./archive-document.ts";

/** A film that was just published is often looked at, and sometimes encoded anew: it stays for this long, milliseconds. */
const restMs = 10 * 60_000;

/** Assets that one run archives: more a day than the largest fleet finishes. */
const perRun = 60;

/** Statements that archiving one takes. */
const statementsEach = 6;

/** Archives films whose work has been done for a while, in turn. */
export async function archiveFinished(env: Env, now: number, room: Room): Promise<void> {
  const db = openDatabase(env);
  await takeTurns(
    db,
    {
      name: "archive",
      limit: perRun,
      read: async (after, limit) =>
        await db
          .select({ id: assets.id, updatedAt: assets.updatedAt })
          .from(assets)
          .where(
            and(
              sql`${assets.work} = 'done' and ${assets.plan} is not null and ${assets.deletedAt} is null`,
              sql`${assets.updatedAt} < ${now - restMs}`,
              behind([assets.updatedAt, assets.id], after),
            ),
          )
          .orderBy(assets.updatedAt, assets.id)
          .limit(limit),
      placeOf: ({ updatedAt, id }) => [updatedAt, id],
      act: async ({ id }) => void (await archiveAsset(env, id, now)),
      room: () => room(statementsEach),
    },
    now,
  );
}

/**
 * Moves plan, inspection and tasks of an asset whose work is done to R2. The objects are written first; the rows go in one
 * batch, and only when nothing has changed meanwhile. Safe to repeat.
 * @returns false when there was nothing to move, or the asset has changed
 */
export async function archiveAsset(env: Env, assetId: string, now: number): Promise<boolean> {
  const db = openDatabase(env);
  const asset = await db.select().from(assets).where(eq(assets.id, assetId)).get();
  if (asset === undefined || asset.work !== "done" || asset.deletedAt !== null || asset.plan === null) {
    return false;
  }
  await addUpTasks(env, [assetId]);
  const [rows, tracks] = await db.batch([
    db.select().from(tasks).where(eq(tasks.assetId, assetId)),
    db.select().from(renditions).where(eq(renditions.assetId, assetId)),
  ]);
  const { revision, recipeHash, plan, inspection, recipe } = asset;
  const document: ArchivedPlan = {
    ...{ version: 1, assetId, revision, recipeHash, plan, inspection, recipe },
    renditions: tracks,
  };
  const keys = archiveKeys(assetId);
  await env.MEDIA.put(keys.tasks, JSON.stringify(rows));
  await env.MEDIA.put(keys.plan, JSON.stringify(document));
  const isArchived = sql`exists (select 1 from ${assets} where ${assets.id} = ${assetId} and ${assets.archivedAt} = ${now}
    and ${assets.plan} is null)`;
  const [archived] = await db.batch([
    db
      .update(assets)
      .set({
        plan: null,
        inspection: null,
        archivedAt: now,
        // Its pace tells nothing any more.
        taskSums: sql`json_set(${assets.taskSums}, '$.paces', json('[]'))`,
      })
      .where(
        and(
          eq(assets.id, assetId),
          eq(assets.work, "done"),
          eq(assets.revision, revision),
          eq(assets.updatedAt, asset.updatedAt),
          sql`${assets.plan} is not null and ${assets.deletedAt} is null`,
        ),
      )
      .returning({ id: assets.id }),
    db.delete(tasks).where(and(eq(tasks.assetId, assetId), isArchived)),
  ]);
  return archived.length === 1;
}
