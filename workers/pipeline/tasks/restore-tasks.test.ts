/** Films whose tasks are gone, as in a database that was rebuilt from exports. */
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { taskSpec } from "../../../protocol/task.ts";
import { aPublishedFilm, muted } from "../../../test/support/publish-film.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, tasks } from "../../catalog/schema.ts";
import { advanceAsset } from "../lifecycle/asset-lifecycle.ts";
import { scrubAsset } from "../reconcile/scrub-asset.ts";
import { renditionPrefix } from "../storage/media-keys.ts";
import { loadEarlierWork } from "./reuse-work.ts";

const db = openDatabase(env);
const mute = muted(env);

async function filmWithoutTasks() {
  const { assetId, plan } = await aPublishedFilm(env, 1000);
  await db.delete(tasks).where(eq(tasks.assetId, assetId));
  return { assetId, plan };
}

const tasksOf = async (assetId: string) =>
  await db.select().from(tasks).where(eq(tasks.assetId, assetId)).orderBy(tasks.kind, tasks.ordinal);

test("open work gets its tasks back, and what has a report costs nothing again", async () => {
  const { assetId } = await filmWithoutTasks();
  await db.update(assets).set({ work: "open" }).where(eq(assets.id, assetId));
  await advanceAsset(mute, assetId, 2000);
  const rows = await tasksOf(assetId);
  expect(rows.map(({ kind, ordinal }) => `${kind} ${ordinal}`)).toEqual(
    expect.arrayContaining(["video 0", "video 1", "audio 0"]),
  );
  expect(rows.some(({ kind }) => kind === "passthrough")).toBe(false);
  expect(rows.some(({ status }) => status === "queued")).toBe(true);
  for (const { kind, ordinal, spec } of rows) {
    if (kind !== "video" && kind !== "audio") continue;
    const { missing } = await loadEarlierWork(env, assetId, ordinal, taskSpec.parse(spec));
    expect(missing, `${kind} ${ordinal}`).toBeNull();
  }
});

test("damage in a film without tasks is made again, while it plays", async () => {
  const { assetId, plan } = await filmWithoutTasks();
  const key = plan.video[0]?.key ?? "";
  await env.MEDIA.delete(`${renditionPrefix(assetId, key)}seg-00003.m4s`);
  expect(await scrubAsset(mute, assetId, 2000)).toHaveLength(1);
  const video = (await tasksOf(assetId)).filter(({ kind }) => kind === "video");
  expect(video.map(({ ordinal }) => ordinal)).toEqual([0, 1]);
  const missing = await loadEarlierWork(env, assetId, 1, taskSpec.parse(video[1]?.spec));
  expect(missing.missing).not.toBeNull();
  expect(await db.select().from(assets).where(eq(assets.id, assetId)).get()).toMatchObject({
    status: "ready",
    work: "open",
  });
});
