/** Publishing in real D1 and R2, from reports as transcoders leave them. */
import { createMessageBatch } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import type { Inspection } from "../../../protocol/inspection.ts";
import { type RenditionReport, renditionReport } from "../../../protocol/report.ts";
import { anInspection } from "../../../test/support/inspection.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, renditions, tasks, titles } from "../../catalog/schema.ts";
import { faultyQueue } from "../../faults/faulty-queue.ts";
import { readPlaylist } from "../../hls/read-playlist.ts";
import { digestOf } from "../../shared/digest.ts";
import { fleetOf } from "../plan/fleet.ts";
import { makePlan } from "../plan/make-plan.ts";
import { type Plan, parsePlan } from "../plan/plan.ts";
import { consumeTranscode } from "../queues/consume-transcode.ts";
import { renditionPrefix, renditionReportKey } from "../storage/media-keys.ts";
import { loadEarlierWork, storeWork } from "../tasks/reuse-work.ts";
import { storePlan } from "../tasks/store-plan.ts";
import { maxAttempts } from "../tasks/task-lease.ts";
import { publishAsset } from "./publish-asset.ts";

const db = openDatabase(env);

/** Every message is lost, so that no consumer takes a task. */
const mute: Env = { ...env, TRANSCODE_QUEUE: faultyQueue(env.TRANSCODE_QUEUE, async () => "drop") };
let count = 0;

const stereo = anInspection(12).audio;
const text: Inspection["text"] = ["eng", "deu"].map((language, n) => ({
  ...{ index: 2 + n, codec: "subrip", language, title: null },
  ...{ isDefault: false, isForced: false, isSdh: false },
}));

/** A film of 12 s whose tasks are all done, and whose objects and reports are in R2, but for the keys in `without`. */
async function encodedFilm(
  rest: Partial<Inspection>,
  without: (plan: Plan) => string[] = () => [],
  recipe: unknown = null,
): Promise<{ assetId: string; plan: Plan }> {
  const assetId = `ast_${++count}`;
  await db.insert(titles).values({
    ...{
      id: `ttl_${count}`,
      producerId: "prd_1",
      slug: `film-${count}`,
      title: "Film",
      createdAt: 0,
      updatedAt: 0,
    },
  });
  await db.insert(assets).values({
    ...{
      id: assetId,
      producerId: "prd_1",
      titleId: `ttl_${count}`,
      uploadId: `upl_${count}`,
      status: "preparing",
    },
    ...{ filename: "film.mp4", sourceKey: `sources/${count}`, sourceBytes: 1, sourceEtag: "e" },
    ...{ createdAt: 0, updatedAt: 0, recipe },
  });
  await storePlan(env, assetId, anInspection(12, { width: 426, height: 240 }, rest), 0);
  const row = await db.select().from(assets).where(eq(assets.id, assetId)).get();
  const plan = parsePlan(row?.plan);
  const missing = without(plan);
  const keys = [...plan.video, ...plan.audio, ...plan.text, plan.storyboard].map(({ key }) => key);
  for (const key of keys.filter((one) => !missing.includes(one))) await storeTrack(assetId, plan, key);
  await db.update(tasks).set({ status: "done" }).where(eq(tasks.assetId, assetId));
  return { assetId, plan };
}

async function storeTrack(assetId: string, plan: Plan, key: string): Promise<void> {
  const isText = plan.text.some((track) => track.key === key);
  const board = plan.storyboard.key === key ? plan.storyboard : null;
  const track = plan.audio.find((one) => one.key === key);
  const { grid } = plan;
  const length = track?.samples ?? grid.frames * grid.frameTicks;
  const put = async (file: string) => {
    const bytes = new TextEncoder().encode(`${key} ${file}`);
    await env.MEDIA.put(renditionPrefix(assetId, key) + file, bytes);
    return {
      file,
      bytes: bytes.byteLength,
      md5: await digestOf("MD5", bytes),
      sha256: await digestOf("SHA-256", bytes),
    };
  };
  const file = isText ? "seg-00000.vtt" : board === null ? "seg-00000.m4s" : "sprite-00000.jpg";
  const intervalTicks = (board?.intervalFrames ?? 0) * grid.frameTicks;
  const report: RenditionReport = {
    key,
    codecs: isText ? "webvtt" : track === undefined ? "avc1.64001f" : "mp4a.40.2",
    timescale: track === undefined ? grid.timescale : 48_000,
    init: isText || board !== null ? null : await put("init.mp4"),
    segments: [{ ...(await put(file)), start: 0, duration: length, frames: 1, iframes: [] }],
    ...(board === null ? {} : { tiles: { ...board.tiles, intervalTicks } }),
  };
  await env.MEDIA.put(renditionReportKey(assetId, key, 0), JSON.stringify(report));
}

async function statuses(assetId: string): Promise<Record<string, string>> {
  const rows = await db.select().from(renditions).where(eq(renditions.assetId, assetId));
  return Object.fromEntries(rows.map(({ key, status }) => [key, status]));
}

async function statusOf(assetId: string): Promise<unknown> {
  const row = await db.select().from(assets).where(eq(assets.id, assetId)).get();
  return [row?.status, row?.work];
}

test("a film with two languages and subtitles is published whole, with a playlist for each", async () => {
  const audio = ["eng", "deu"].map(
    (language, n) => ({ ...stereo[0], index: n + 1, language }) as (typeof stereo)[number],
  );
  const { assetId, plan } = await encodedFilm({ audio, text });
  await publishAsset(mute, assetId, "whole", 1);
  expect(await statusOf(assetId)).toEqual(["ready", "done"]);
  expect(new Set(Object.values(await statuses(assetId)))).toEqual(new Set(["ready"]));
  for (const { key } of plan.text) {
    const stored = await env.MEDIA.get(`${renditionPrefix(assetId, key)}playlist.m3u8`);
    const written = (await stored?.text()) ?? "";
    expect(written).not.toContain("EXT-X-MAP");
    expect(readPlaylist(written)).toMatchObject({
      targetDuration: 12,
      segments: [{ uri: "seg-00000.vtt", duration: 12 }],
    });
  }
});

test("a storyboard is published with WebVTT that names its thumbnails; without it the film is published too", async () => {
  const whole = await encodedFilm({});
  await publishAsset(mute, whole.assetId, "whole", 1);
  const key = whole.plan.storyboard.key;
  const stored = await env.MEDIA.get(`${renditionPrefix(whole.assetId, key)}storyboard.vtt`);
  expect(await stored?.text()).toContain("sprite-00000.jpg#xywh=0,0,160,90");
  expect((await statuses(whole.assetId))[key]).toBe("ready");

  const without = await encodedFilm({}, (plan) => [plan.storyboard.key]);
  await publishAsset(mute, without.assetId, "whole", 1);
  expect(await statusOf(without.assetId)).toEqual(["ready", "done"]);
  expect((await statuses(without.assetId))[without.plan.storyboard.key]).toBe("errored");
});

test("what the task of a second sound track stored is found again", async () => {
  const audio = [1, 2].map((index) => ({ ...stereo[0], index }) as (typeof stereo)[number]);
  const { assetId, plan } = await encodedFilm({ audio });
  const { tasks: specs } = await makePlan(
    anInspection(12, {}, { audio }),
    { etag: "e", language: null },
    fleetOf(env),
  );
  const second = specs.filter(({ kind }) => kind === "audio")[1];
  const key = plan.audio[1]?.key ?? "";
  if (second?.spec.kind !== "audio") throw new Error("no second track");
  const spec = { ...second.spec, key };
  const stored = await env.MEDIA.get(renditionReportKey(assetId, key, 0));
  const report = renditionReport.parse(await stored?.json());
  await env.MEDIA.delete(renditionReportKey(assetId, key, 0));
  const usage = { wallSeconds: 0, cpuSeconds: 0, peakBytes: 0 };
  await storeWork(env, assetId, second.ordinal, spec, {
    renditions: [report],
    slices: [],
    images: [],
    usage,
  });
  expect(await loadEarlierWork(env, assetId, second.ordinal, spec)).toMatchObject({ missing: null });
});

test("a subtitle track that was left out does not keep the film from its viewers", async () => {
  const { assetId, plan } = await encodedFilm({ text }, ({ text: tracks }) =>
    tracks.slice(0, 1).map(({ key }) => key),
  );
  await publishAsset(mute, assetId, "whole", 1);
  expect(await statusOf(assetId)).toEqual(["ready", "done"]);
  const found = await statuses(assetId);
  expect(plan.text.map(({ key }) => found[key])).toEqual(["errored", "ready"]);
});

test("a sound codec that a recipe adds and that failed does not keep the film from its viewers", async () => {
  const opus = (plan: Plan) => plan.audio.filter(({ codec }) => codec === "opus").map(({ key }) => key);
  const { assetId, plan } = await encodedFilm({}, opus, { codecs: ["h264"], audio: ["aac", "opus"] });
  expect(plan.audio.map(({ codec }) => codec)).toEqual(["aac", "opus"]);
  await publishAsset(mute, assetId, "whole", 1);
  expect(await statusOf(assetId)).toEqual(["ready", "done"]);
  const found = await statuses(assetId);
  expect(plan.audio.map(({ key }) => found[key])).toEqual(["ready", "errored"]);
});

test("a lost subtitle segment is made again, and nothing is published before", async () => {
  const { assetId, plan } = await encodedFilm({ text });
  const key = plan.text[1]?.key ?? "";
  await env.MEDIA.delete(`${renditionPrefix(assetId, key)}seg-00000.vtt`);
  await publishAsset(mute, assetId, "whole", 1);
  expect(await statusOf(assetId)).toEqual(["preparing", "open"]);
  const rows = await db.select().from(tasks).where(eq(tasks.assetId, assetId));
  expect(rows.filter(({ status }) => status !== "done").map(({ kind }) => kind)).toEqual(["text"]);
});

test("a film whose subtitles kill their transcoder each time plays without them, and says so", async () => {
  const { assetId, plan } = await encodedFilm({ text }, ({ text: tracks }) => tracks.map(({ key }) => key));
  await db.delete(tasks).where(eq(tasks.kind, "inspect"));
  const planned = await db.select().from(tasks).where(eq(tasks.assetId, assetId)).all();
  const task = planned.find(({ kind }) => kind === "text");
  await db
    .update(tasks)
    .set({ status: "queued", attempts: maxAttempts, queuedAt: 0, priority: -1 })
    .where(eq(tasks.id, task?.id ?? ""));
  const message = { id: "m", timestamp: new Date(0), attempts: 1, body: { taskId: task?.id } };
  await consumeTranscode(createMessageBatch("marquee-transcode", [message]), mute);
  expect(await statusOf(assetId)).toEqual(["ready", "done"]);
  const rows = await db.select().from(renditions).where(eq(renditions.assetId, assetId));
  for (const { key } of plan.text) {
    const left = rows.find((one) => one.key === key);
    expect([left?.status, left?.note]).toEqual(["errored", expect.stringContaining("cut short")]);
  }
});
