/** Inputs of a task that were damaged after they were made: in real D1 and R2, just they are made again. */
import { env } from "cloudflare:workers";
import { and, eq, ne } from "drizzle-orm";
import { beforeEach, expect, test } from "vitest";
import { type TaskSpec, taskSpec } from "../../../protocol/task.ts";
import { aPublishedFilm, muted } from "../../../test/support/publish-film.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, tasks } from "../../catalog/schema.ts";
import type { Plan } from "../plan/plan.ts";
import { sliceKey } from "../plan/plan-audio.ts";
import {
  renditionPrefix,
  renditionReportKey,
  sliceObjectKey,
  sliceReportKey,
} from "../storage/media-keys.ts";
import { repairInputs } from "./repair-inputs.ts";

const db = openDatabase(env);
const mute = muted(env);

let assetId = "";
let plan: Plan;

beforeEach(async () => {
  ({ assetId, plan } = await aPublishedFilm(env, 1000));
  await db.update(assets).set({ work: "open" }).where(eq(assets.id, assetId));
});

async function specOf(kind: "audio" | "storyboard"): Promise<TaskSpec> {
  const task = await db
    .select()
    .from(tasks)
    .where(and(eq(tasks.assetId, assetId), eq(tasks.kind, kind)))
    .get();
  return taskSpec.parse(task?.spec);
}

async function openTasks(): Promise<string[]> {
  const rows = await db
    .select()
    .from(tasks)
    .where(and(eq(tasks.assetId, assetId), ne(tasks.status, "done")));
  return rows.map(({ kind, ordinal, status }) => `${kind} ${ordinal} ${status}`);
}

test("a storyboard whose rung lost a segment has that chunk encoded again", async () => {
  const spec = await specOf("storyboard");
  if (spec.kind !== "storyboard") throw new Error("no storyboard");
  await env.MEDIA.delete(`${renditionPrefix(assetId, spec.from)}seg-00002.m4s`);
  expect(await repairInputs(mute, assetId, spec, 2000)).toEqual([`${spec.from}: seg-00002.m4s is missing`]);
  expect(await openTasks()).toEqual(["video 1 queued"]);
  expect(await env.MEDIA.head(renditionReportKey(assetId, spec.from, 1))).toBeNull();
  expect(await env.MEDIA.head(renditionReportKey(assetId, spec.from, 0))).not.toBeNull();
});

test("a lost init segment costs one chunk, not all", async () => {
  const spec = await specOf("storyboard");
  if (spec.kind !== "storyboard") throw new Error("no storyboard");
  await env.MEDIA.put(`${renditionPrefix(assetId, spec.from)}init.mp4`, "short");
  await repairInputs(mute, assetId, spec, 2000);
  expect(await openTasks()).toEqual(["video 0 queued"]);
});

test("sound whose slice was cut short has it cut again", async () => {
  const slice = sliceKey(plan.audio[0]?.key ?? "", 0);
  await env.MEDIA.put(sliceObjectKey(assetId, slice), "short");
  expect(await repairInputs(mute, assetId, await specOf("audio"), 2000)).toEqual([
    `${slice} is missing or other`,
  ]);
  expect(await openTasks()).toEqual(["audio-slices 0 queued"]);
  expect(await env.MEDIA.head(sliceReportKey(assetId, slice))).toBeNull();
});

test("with nothing damaged, or no such work any more, nothing is put back", async () => {
  for (const kind of ["audio", "storyboard"] as const) {
    expect(await repairInputs(mute, assetId, await specOf(kind), 2000)).toEqual([]);
  }
  const spec = await specOf("storyboard");
  await db.update(assets).set({ work: "failed" }).where(eq(assets.id, assetId));
  if (spec.kind === "storyboard")
    await env.MEDIA.delete(`${renditionPrefix(assetId, spec.from)}seg-00000.m4s`);
  await repairInputs(mute, assetId, spec, 2000);
  expect(await openTasks()).toEqual([]);
});
