/** A film that plays from its source's own pictures before its ladder is whole, in real D1 and R2. */
import { env } from "cloudflare:workers";
import { and, eq, lte, ne } from "drizzle-orm";
import { expect, test } from "vitest";
import { taskSpec } from "../../../protocol/task.ts";
import { anInspection } from "../../../test/support/inspection.ts";
import { anAsset, muted, storeChunk, storeSound } from "../../../test/support/publish-film.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, renditions, tasks } from "../../catalog/schema.ts";
import { deletionGate } from "../../safety/deletion-gate.ts";
import { adoptEpoch } from "../../safety/epoch-stamp.ts";
import { advanceAsset } from "../lifecycle/asset-lifecycle.ts";
import { reencodeAsset } from "../lifecycle/reencode-asset.ts";
import { retiredForMs } from "../publish/publish-asset.ts";
import { removeRetired } from "../reconcile/remove-retired.ts";
import { scrubAsset } from "../reconcile/scrub-asset.ts";
import { renditionPrefix, renditionReportPrefix } from "../storage/media-keys.ts";
import { claimNextTask } from "../tasks/claim-next.ts";
import { dispatchTasks } from "../tasks/dispatch.ts";
import { recordResult } from "../tasks/record-result.ts";
import { storePlan } from "../tasks/store-plan.ts";
import { type Plan, parsePlan } from "./plan.ts";
import { ordinaryRecipe } from "./recipe.ts";
import { stages } from "./stages.ts";

const db = openDatabase(env);
/** A ladder of some seconds already gets something before it; a rung only when it takes five times as long. */
const bindings: Env = {
  ...muted(env),
  FLEET_SIZE: "1",
  EARLY_PUBLISH_AFTER_SECONDS: "1",
  CHUNK_SEGMENTS: "2",
};
const film = anInspection(24, { width: 854, height: 480 });

async function aPlannedFilm(): Promise<{ assetId: string; plan: Plan; passthroughKey: string }> {
  const assetId = await anAsset(env, 0);
  await storePlan(bindings, assetId, film, 0);
  const plan = await planOf(assetId);
  if (plan.passthrough.key === null) throw new Error(plan.passthrough.reason);
  return { assetId, plan, passthroughKey: plan.passthrough.key };
}

async function planOf(assetId: string): Promise<Plan> {
  return parsePlan((await db.select().from(assets).where(eq(assets.id, assetId)).get())?.plan);
}

async function statuses(assetId: string): Promise<Record<string, string>> {
  const rows = await db.select().from(renditions).where(eq(renditions.assetId, assetId));
  return Object.fromEntries(rows.map(({ key, status }) => [key, status]));
}

async function finish(assetId: string, upTo: number): Promise<void> {
  await db
    .update(tasks)
    .set({ status: "done" })
    .where(and(eq(tasks.assetId, assetId), lte(tasks.stage, upTo)));
}

test("it plays from the passthrough and the sound alone, then from the ladder; the passthrough is retired", async () => {
  const { assetId, plan, passthroughKey } = await aPlannedFilm();
  const whole = { ...plan, chunks: [{ firstFrame: 0, endFrame: plan.grid.frames }] };
  await storeChunk(env, assetId, whole, passthroughKey, 0);
  for (const track of plan.audio) await storeSound(env, assetId, plan, track.key);
  await finish(assetId, stages.quick);
  await advanceAsset(bindings, assetId, 1000);
  const row = await db.select().from(assets).where(eq(assets.id, assetId)).get();
  expect(row).toMatchObject({ status: "ready", work: "open", revision: 1, readyAt: 1000 });
  const early = await statuses(assetId);
  expect([early[passthroughKey], early[plan.audio[0]?.key ?? ""], early[plan.video[0]?.key ?? ""]]).toEqual([
    "ready",
    "ready",
    "preparing",
  ]);
  // A second time changes nothing.
  await advanceAsset(bindings, assetId, 2000);
  expect((await db.select().from(assets).where(eq(assets.id, assetId)).get())?.revision).toBe(1);

  for (const { key } of plan.video) {
    for (const ordinal of plan.chunks.keys()) await storeChunk(env, assetId, plan, key, ordinal);
  }
  await finish(assetId, stages.rest);
  await advanceAsset(bindings, assetId, 3000);
  expect(await db.select().from(assets).where(eq(assets.id, assetId)).get()).toMatchObject({
    ...{ status: "ready", work: "done", revision: 2, readyAt: 1000 },
  });
  const late = await statuses(assetId);
  expect(plan.video.map(({ key }) => late[key])).toEqual(plan.video.map(() => "ready"));
  expect(late[passthroughKey]).toBe("retired");

  // Encoded again it is not passed through again, because it plays.
  expect(await reencodeAsset(bindings, assetId, ordinaryRecipe, 4000)).toBe(true);
  expect((await planOf(assetId)).passthrough.key).toBeNull();
});

/** The film with its ladder whole: published twice, the passthrough first, or once, when the passthrough's turn was missed. */
async function aWholeFilm(publishPassthrough: boolean): Promise<{ assetId: string; passthroughKey: string }> {
  const { assetId, plan, passthroughKey } = await aPlannedFilm();
  const whole = { ...plan, chunks: [{ firstFrame: 0, endFrame: plan.grid.frames }] };
  await storeChunk(env, assetId, whole, passthroughKey, 0);
  for (const track of plan.audio) await storeSound(env, assetId, plan, track.key);
  await finish(assetId, stages.quick);
  if (publishPassthrough) await advanceAsset(bindings, assetId, 1000);
  else await env.MEDIA.put(`${renditionPrefix(assetId, passthroughKey)}playlist.m3u8`, "cut short");
  for (const { key } of plan.video) {
    for (const ordinal of plan.chunks.keys()) await storeChunk(env, assetId, plan, key, ordinal);
  }
  await finish(assetId, stages.rest);
  await advanceAsset(bindings, assetId, 2000);
  return { assetId, passthroughKey };
}

async function objectsOf(assetId: string, key: string): Promise<number> {
  const media = await env.MEDIA.list({ prefix: renditionPrefix(assetId, key) });
  const reports = await env.MEDIA.list({ prefix: renditionReportPrefix(assetId, key) });
  return media.objects.length + reports.objects.length;
}

test("a retired passthrough stays for those who watch it, then it is removed; nothing else is", async () => {
  const { assetId, passthroughKey } = await aWholeFilm(true);
  const rung = (await planOf(assetId)).video[0]?.key ?? "";
  const stored = {
    passthrough: await objectsOf(assetId, passthroughKey),
    rung: await objectsOf(assetId, rung),
  };
  await adoptEpoch(env, 2000 + retiredForMs - 1);
  await removeRetired(
    bindings,
    2000 + retiredForMs - 1,
    () => true,
    deletionGate(env, 2000 + retiredForMs - 1),
  );
  expect(await objectsOf(assetId, passthroughKey)).toBe(stored.passthrough);
  await removeRetired(bindings, 2000 + retiredForMs, () => true, deletionGate(env, 2000 + retiredForMs));
  expect(await objectsOf(assetId, passthroughKey)).toBe(0);
  expect((await statuses(assetId))[passthroughKey]).toBeUndefined();
  expect(await objectsOf(assetId, rung)).toBe(stored.rung);
  expect((await statuses(assetId))[rung]).toBe("ready");
});

test("a passthrough that was never published goes as soon as the ladder plays", async () => {
  const { assetId, passthroughKey } = await aWholeFilm(false);
  expect((await statuses(assetId))[passthroughKey]).toBe("retired");
  await adoptEpoch(env, 2000);
  await removeRetired(bindings, 2000, () => true, deletionGate(env, 2000));
  expect(await objectsOf(assetId, passthroughKey)).toBe(0);
  expect((await statuses(assetId))[passthroughKey]).toBeUndefined();
});

test("a retired passthrough that is damaged is made again, for those who watch it", async () => {
  const { assetId, passthroughKey } = await aWholeFilm(true);
  await env.MEDIA.delete(`${renditionPrefix(assetId, passthroughKey)}seg-00000.m4s`);
  expect(await scrubAsset(bindings, assetId, 3000)).toEqual([`${passthroughKey}: seg-00000.m4s is missing`]);
  const open = await db
    .select({ kind: tasks.kind })
    .from(tasks)
    .where(and(eq(tasks.assetId, assetId), ne(tasks.status, "done")));
  expect(open).toEqual([{ kind: "passthrough" }]);
});

test("a passthrough that turns out not to fit leaves its reason, and a small rung comes first", async () => {
  const { assetId, plan, passthroughKey } = await aPlannedFilm();
  expect(plan.first.key).toBeNull();
  await advanceAsset(bindings, assetId, 1);
  // Of a large source, the first encode begins before the passthrough ends.
  const [running] = await db
    .update(tasks)
    .set({ status: "running" })
    .where(and(eq(tasks.assetId, assetId), eq(tasks.kind, "video"), eq(tasks.ordinal, 0)))
    .returning();
  const passthrough = await db
    .select()
    .from(tasks)
    .where(and(eq(tasks.assetId, assetId), eq(tasks.kind, "passthrough")))
    .get();
  if (passthrough === undefined || running === undefined) throw new Error("no such task");
  const reason = "The source's own pictures are not played: 20 s lie between its key frames.";
  const report = {
    ...{ renditions: [], slices: [], images: [], skipped: [{ key: passthroughKey, reason }] },
    usage: { wallSeconds: 0, cpuSeconds: 0, peakBytes: 0 },
  };
  for (const now of [2, 3])
    await recordResult(bindings, passthrough, taskSpec.parse(passthrough.spec), report, now);

  const after = await planOf(assetId);
  expect(after.passthrough).toMatchObject({ key: null, reason });
  expect(after.first.key).toMatch(/^v360p-/);
  expect(after.recipeHash).toBe(plan.recipeHash);
  expect((await statuses(assetId))[passthroughKey]).toBe("errored");
  const specs = await db
    .select()
    .from(tasks)
    .where(and(eq(tasks.assetId, assetId), eq(tasks.kind, "video"), ne(tasks.id, running.id)));
  const rungs = (stage: number): string[][] =>
    specs
      .filter((task) => task.stage === stage)
      .map(({ spec }) => {
        const parsed = taskSpec.parse(spec);
        return parsed.kind === "video" ? parsed.rungs.map(({ key }) => key) : [];
      });
  expect(rungs(stages.first)).toEqual(plan.chunks.slice(1).map(() => [after.first.key]));
  expect(new Set(rungs(stages.rest).flat()).size).toBe(plan.video.length - 1);
  // The encode that had begun goes on as it was: with all rungs, of which none is made again.
  const still = await db.select().from(tasks).where(eq(tasks.id, running.id)).get();
  expect(still).toMatchObject({ status: "running", spec: running.spec });
});

test("a slot takes an encode in one lane, and what is light in the other; what is brief goes before encodes", async () => {
  await db.delete(tasks);
  const { assetId } = await aPlannedFilm();
  await advanceAsset(bindings, assetId, 1);
  expect(await claimNextTask(db, "h", 2, "heavy")).toBeNull();
  const rest: string[] = [];
  for (;;) {
    const next = await claimNextTask(db, crypto.randomUUID(), 3, "light");
    if (next === null) break;
    rest.push(next.kind);
  }
  expect(rest).toEqual(["passthrough", "audio-slices", "poster"]);
  await finish(assetId, stages.cut);
  await advanceAsset(bindings, assetId, 4);
  expect(await claimNextTask(db, "h", 5, "heavy")).toBeNull();
  expect((await claimNextTask(db, "h", 5, "light"))?.kind).toBe("audio");
  await finish(assetId, stages.quick);
  await dispatchTasks(bindings, assetId, 6);
  expect((await claimNextTask(db, "h", 7, "heavy"))?.kind).toBe("video");
});
