import { sql } from "drizzle-orm";
import type { Room } from "../../catalog/count-statements.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets } from "../../catalog/schema.ts";
import { takeTurns } from "../../catalog/take-turns.ts";
import { archiveAsset } from "../archive/archive-asset.ts";
import { assetsByUpdate } from "./assets-by-update.ts";

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
      ...assetsByUpdate(
        db,
        sql`${assets.work} = 'done' and ${assets.plan} is not null and ${assets.deletedAt} is null
          and ${assets.updatedAt} < ${now - restMs}`,
      ),
      act: async ({ id }) => void (await archiveAsset(env, id, now)),
      room: () => room(statementsEach),
    },
    now,
  );
}
