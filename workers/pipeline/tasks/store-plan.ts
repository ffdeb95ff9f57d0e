/** Keeps a plan in D1 before any of its tasks is sent. Storing the same plan twice changes nothing. */

import { eq } from "drizzle-orm";
import type { Inspection } from "../../../protocol/inspection.ts";
import { framesToSeconds, toNumber } from "../../../protocol/rational.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets } from "../../catalog/schema.ts";
import { fleetOf } from "../plan/fleet.ts";
import { makePlan } from "../plan/make-plan.ts";
import type { Plan } from "../plan/plan.ts";
import type { PlannedTask } from "../plan/plan-tasks.ts";
import { ordinaryRecipe, recipe } from "../plan/recipe.ts";
import { nothingSeconds, taskSeconds } from "../plan/task-cost.ts";
import { remainingWork } from "./remaining-work.ts";

/** Plans the asset from its inspection; writes the plan, the renditions (`preparing`) and the tasks (`pending`). */
export async function storePlan(
  env: Env,
  assetId: string,
  inspection: Inspection,
  now: number,
): Promise<void> {
  const asset = await openDatabase(env).select().from(assets).where(eq(assets.id, assetId)).get();
  if (asset === undefined || asset.work !== "open") return;
  const source = { etag: asset.sourceEtag, language: asset.language };
  const chosen = asset.recipe === null ? ordinaryRecipe : recipe.parse(asset.recipe);
  const { plan, tasks } = await makePlan(inspection, source, fleetOf(env), chosen);
  await env.DB.batch([
    env.DB.prepare(
      `update assets set inspection = ?, plan = ?, recipe_hash = ?, duration_seconds = ?, updated_at = ?
       where id = ? and work = 'open'`,
    ).bind(
      JSON.stringify(inspection),
      JSON.stringify(plan),
      plan.recipeHash,
      framesToSeconds(plan.grid.frames, plan.grid.frameRate),
      now,
      assetId,
    ),
    insertRenditions(env, assetId, plan, null),
    insertTaskRows(env, assetId, tasks, inspection.video, null),
  ]);
}

/** The guard of both inserts: with a recipe's hash in ?3, they only happen when the asset's open work is that recipe's. */
const isStillMeant =
  "(?3 is null or exists (select 1 from assets where id = ?1 and work = 'open' and recipe_hash = ?3))";

/** Adds tasks that aren't there yet. */
export async function insertTasks(env: Env, assetId: string, tasks: PlannedTask[]): Promise<void> {
  await insertTaskRows(env, assetId, tasks, null, null).run();
}

/**
 * Adds the rows of tasks that aren't there yet; as a statement, for a batch.
 * @param ifThere the fate of those that are: with `replace waiting`, tasks that haven't begun take the new spec.
 * @param stored keys of the reports that are there: their work costs nothing again.
 */
export function insertTaskRows(
  env: Env,
  assetId: string,
  tasks: PlannedTask[],
  video: Inspection["video"] | null,
  recipeHash: string | null,
  ifThere: "keep" | "replace waiting" = "keep",
  stored: ReadonlySet<string> = new Set(),
): D1PreparedStatement {
  const { processors } = fleetOf(env);
  const secondsOf = ({ ordinal, spec }: PlannedTask): number => {
    const left = remainingWork(assetId, ordinal, spec, (key) => stored.has(key));
    return left === null ? nothingSeconds : taskSeconds(left, video, processors);
  };
  // One JSON parameter for all rows: D1 takes at most 100 parameters a statement, and a long film has hundreds of tasks.
  const rows = tasks.map((task) => ({ ...task, plannedSeconds: secondsOf(task) }));
  return env.DB.prepare(
    `insert into tasks (id, asset_id, producer_id, kind, ordinal, priority, stage, needs, status, spec, planned_seconds)
     select ?1 || '.' || (value ->> 'stage') || '.' || (value ->> 'kind') || '.' || (value ->> 'ordinal'), ?1,
       coalesce((select producer_id from assets where id = ?1), ''), value ->> 'kind', value ->> 'ordinal', value ->> 'priority', value ->> 'stage', value ->> 'needs', 'pending', value -> 'spec', value ->> 'plannedSeconds'
     from json_each(?2) where ${isStillMeant}
     on conflict (id) do ${ifThere === "keep" ? "nothing" : replaceWaiting}`,
  ).bind(assetId, JSON.stringify(rows), recipeHash);
}

const replaceWaiting = `update set spec = excluded.spec, priority = excluded.priority, needs = excluded.needs,
  planned_seconds = excluded.planned_seconds where tasks.status in ('pending', 'queued')`;

/** Adds the rows of a plan's renditions that aren't there yet, `preparing`. */
export function insertRenditions(
  env: Env,
  assetId: string,
  plan: Plan,
  recipeHash: string | null,
): D1PreparedStatement {
  const rows = renditionRows(plan);
  return env.DB.prepare(
    `insert or ignore into renditions (asset_id, key, kind, label, status, width, height, frame_rate, channels, language,
       is_default, is_forced, is_sdh)
     select ?1, value ->> 'key', value ->> 'kind', value ->> 'label', 'preparing', value ->> 'width', value ->> 'height',
       value ->> 'frameRate', value ->> 'channels', value ->> 'language', coalesce(value ->> 'isDefault', 0),
       coalesce(value ->> 'isForced', 0), coalesce(value ->> 'isSdh', 0)
     from json_each(?2) where ${isStillMeant}`,
  ).bind(assetId, JSON.stringify(rows), recipeHash);
}

/** The columns that a plan gives to the rows of its renditions; those of other kinds are missing. */
function renditionRows({ grid, video, passthrough, audio, text, storyboard, poster }: Plan): object[] {
  const frameRate = toNumber(grid.frameRate);
  const sourceRows =
    passthrough.key === null ? [] : [{ ...passthrough, label: "source", kind: "video", frameRate }];
  return [
    ...video.map((rung) => ({ ...rung, kind: "video", frameRate })),
    ...sourceRows,
    ...audio.map((track) => ({ ...track, kind: "audio" })),
    ...text.map((track) => ({ ...track, kind: "text" })),
    { ...storyboard.tiles, key: storyboard.key, label: "storyboard", kind: "storyboard" },
    ...poster.images
      .slice(0, 1)
      .map((image) => ({ ...image, key: poster.key, label: "poster", kind: "image" })),
  ];
}
