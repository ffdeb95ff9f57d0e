/** Attempts from claim to end, with a transcoder that answers at once: what can't be planned, and what dies. */
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { TaskEvent } from "../../../protocol/report.ts";
import { anInspection } from "../../../test/support/inspection.ts";
import { anAsset, muted } from "../../../test/support/publish-film.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, tasks } from "../../catalog/schema.ts";
import { retryAsset } from "../lifecycle/asset-lifecycle.ts";
import { stages } from "../plan/stages.ts";
import { claimTask, maxDeaths } from "../tasks/task-lease.ts";
import { runAttempt } from "./run-attempt.ts";

const db = openDatabase(env);
let now = 0;
let assetId = "";
let taskId = "";
let logged: string[] = [];

beforeEach(async () => {
  now = Date.now();
  logged = [];
  vi.spyOn(console, "warn").mockReturnValue(undefined);
  vi.spyOn(console, "error").mockImplementation((...words) => void logged.push(words.join(" ")));
  assetId = await anAsset(env, now);
  taskId = `${assetId}.0.inspect.0`;
  await db.insert(tasks).values({
    ...{ id: taskId, assetId, kind: "inspect", ordinal: 0, stage: stages.inspect, priority: 0 },
    ...{ status: "queued", spec: { kind: "inspect", bytes: 1 }, queuedAt: now },
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Each attempt is answered by one line and its end. */
function answering(event: TaskEvent): void {
  vi.spyOn(globalThis, "fetch").mockImplementation(
    async () => new Response(`{"type":"progress","fraction":0}\n${JSON.stringify(event)}\n`),
  );
}

function inspected(inspection: ReturnType<typeof anInspection>): TaskEvent {
  const usage = { wallSeconds: 1, cpuSeconds: 1, peakBytes: 1 };
  return { type: "done", report: { inspection, renditions: [], slices: [], images: [], usage } };
}

async function attempt(id = taskId): Promise<void> {
  const task = await claimTask(db, id, crypto.randomUUID(), now);
  if (task === null) throw new Error("not to be had");
  await runAttempt(muted(env), { task, slot: "" }, () => now);
}

const row = async () => await db.select().from(tasks).where(eq(tasks.id, taskId)).get();
const asset = async () => await db.select().from(assets).where(eq(assets.id, assetId)).get();

test("a film that planning throws at fails at once, with a code of its own; what was thrown is in the log alone", async () => {
  // A recipe that no Marquee takes, as one of another version may have left it.
  await db
    .update(assets)
    .set({ recipe: { codecs: ["h264"], rungs: ["no such rung"] } })
    .where(eq(assets.id, assetId));
  answering(inspected(anInspection(10)));
  await attempt();
  expect(await row()).toMatchObject({ status: "failed", attempts: 1 });
  const failed = await asset();
  expect(failed).toMatchObject({ status: "errored", errorCode: "planning_failed", errorLog: "" });
  expect(failed?.errorDetail).not.toContain("pattern");
  expect(logged.join("\n")).toContain("must match pattern");
});

test("a task that an earlier Marquee wrote in another shape fails at once too", async () => {
  answering(inspected(anInspection(10)));
  await db
    .update(tasks)
    .set({ spec: { kind: "ponder" } })
    .where(eq(tasks.id, taskId));
  await attempt();
  expect(await asset()).toMatchObject({ status: "errored", errorCode: "planning_failed" });
  expect(logged.join("\n")).toContain("could not be planned");
});

test("a film that ends its transcoder each time fails after a few deaths; tried again it stays alone", async () => {
  vi.spyOn(globalThis, "fetch").mockImplementation(
    async () => new Response('{"type":"progress","fraction":0}\n'),
  );
  for (let deaths = 1; deaths < maxDeaths; deaths++) {
    await attempt();
    expect(await row()).toMatchObject({
      status: "queued",
      attempts: 0,
      deaths,
      errorCode: "transcoder_died",
    });
    now = (await row())?.notBefore ?? 0;
  }
  await attempt();
  expect(await asset()).toMatchObject({ status: "errored", errorCode: "task_keeps_dying" });
  await retryAsset(muted(env), assetId, now);
  expect(await row()).toMatchObject({ status: "queued", attempts: 0, deaths: 1 });
});
