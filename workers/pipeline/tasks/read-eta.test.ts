/** Estimates from rows in a real D1: what tasks took, and what runs. */
import { env } from "cloudflare:workers";
import { and, eq } from "drizzle-orm";
import { beforeEach, expect, test } from "vitest";
import { anInspection } from "../../../test/support/inspection.ts";
import { anAsset, muted } from "../../../test/support/publish-film.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, serviceState, tasks } from "../../catalog/schema.ts";
import { estimateEtas } from "./read-eta.ts";
import { storePlan } from "./store-plan.ts";
import { addUpTasks, findRunning } from "./task-sums.ts";

const db = openDatabase(env);
const fleet = { ...muted(env), FLEET_SIZE: "1", CHUNK_SEGMENTS: "8", EARLY_PUBLISH_AFTER_SECONDS: "10000" };
const start = 1_000_000;

let assetId = "";
/** Planned seconds of the film's one encode; the rest of its work is done. */
let planned = 0;

beforeEach(async () => {
  for (const table of [assets, tasks, serviceState]) await db.delete(table);
  assetId = await anAsset(env, 0);
  await storePlan(fleet, assetId, anInspection(48), 0);
  await db.update(tasks).set({ status: "done" });
  const running = { status: "running", startedAt: start } as const;
  const video = and(eq(tasks.assetId, assetId), eq(tasks.kind, "video"));
  const [task] = await db.update(tasks).set(running).where(video).returning();
  planned = task?.plannedSeconds ?? 0;
});

async function etaAt(seconds: number, progress: number): Promise<number> {
  await db.update(tasks).set({ progress }).where(eq(tasks.status, "running"));
  const now = start + seconds * 1000;
  await db.update(assets).set({ taskSums: null });
  const sums = await addUpTasks(fleet, [assetId]);
  const eta = (await estimateEtas(fleet, sums, await findRunning(fleet, [assetId]), now)).get(assetId);
  if (eta === undefined) throw new Error("no estimate");
  return eta;
}

test("before anything tells, the plan does", async () => {
  expect(planned).toBeGreaterThan(10);
  expect(await etaAt(1, 0)).toBe(Math.ceil(planned + 1));
});

test("an encode that began slowly does not make the estimate jump; one that stays slow moves it", async () => {
  // Three times as slow as planned for a moment …
  const early = await etaAt(1.5 + 0.45 * planned, 0.15);
  expect(early).toBeLessThan(3 * 0.85 * planned);
  // … and all the way: half of it took one and a half times what the whole was planned for.
  const late = await etaAt(1.5 + 1.5 * planned, 0.5);
  expect(late).toBeGreaterThan(0.75 * 1.5 * planned);
  expect(late).toBeLessThanOrEqual(Math.ceil(1.5 * planned + 1));
});

test("what other films took counts where the own one can't tell yet", async () => {
  const other = await anAsset(env, 0);
  await db.insert(tasks).values({
    ...{ id: `${other}.5.video.0`, assetId: other, kind: "video", ordinal: 0, stage: 5, needs: 0 },
    ...{ priority: 1, status: "done", spec: {}, plannedSeconds: 10, cpuSeconds: 20 },
    ...{ startedAt: 0, finishedAt: 20_000 },
  });
  await db.update(assets).set({ work: "done" }).where(eq(assets.id, other));
  expect(await etaAt(1, 0)).toBe(Math.ceil(2 * planned + 1));
});
