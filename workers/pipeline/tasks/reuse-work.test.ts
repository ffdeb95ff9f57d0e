import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { RenditionReport, TaskReport } from "../../../protocol/report.ts";
import { anInspection } from "../../../test/support/inspection.ts";
import { fleetOf } from "../plan/fleet.ts";
import { makePlan } from "../plan/make-plan.ts";
import { loadEarlierWork, storeWork } from "./reuse-work.ts";

const stored = { file: "f", bytes: 1, md5: "m", sha256: "s" };
const nothing: TaskReport = {
  ...{ renditions: [], slices: [], images: [] },
  usage: { wallSeconds: 9, cpuSeconds: 9, peakBytes: 9 },
};

function aReport(key: string): RenditionReport {
  return { key, codecs: "avc1.64001f", timescale: 10_000, init: stored, segments: [] };
}

async function tasksOf(assetId: string) {
  const { tasks } = await makePlan(anInspection(30), { etag: assetId, language: null }, fleetOf(env));
  const find = (kind: string) => {
    const spec = tasks.find((task) => task.kind === kind)?.spec;
    if (spec === undefined) throw new Error(`no ${kind} task`);
    return spec;
  };
  return { video: find("video"), audio: find("audio"), slices: find("audio-slices"), poster: find("poster") };
}

test("a chunk whose rungs are partly stored only does the others", async () => {
  const { video } = await tasksOf("ast_r1");
  if (video.kind !== "video") throw new Error("not video");
  const [first, second] = video.rungs.map(({ key }) => key);
  const made = { ...nothing, renditions: [aReport(first ?? ""), aReport(second ?? "")] };
  await storeWork(env, "ast_r1", 0, video, made);
  const { missing, report } = await loadEarlierWork(env, "ast_r1", 0, video);
  expect(report.renditions.map(({ key }) => key)).toEqual([first, second]);
  expect(missing?.kind === "video" && missing.rungs.map(({ key }) => key)).toEqual(
    video.rungs.slice(2).map(({ key }) => key),
  );
  // Another chunk of the same rungs is another report.
  expect((await loadEarlierWork(env, "ast_r1", 1, video)).missing).toEqual(video);
});

test("a piece whose slices are partly cut only cuts the others", async () => {
  const { slices } = await tasksOf("ast_r4");
  if (slices.kind !== "audio-slices") throw new Error("not audio slices");
  const [first] = slices.slices;
  if (first === undefined) throw new Error("no slice");
  const other = { ...first, key: first.key.replace(".flac", "-other.flac") };
  const spec = { ...slices, slices: [first, other] };
  const cut = (key: string) => ({ ...stored, key, samples: 1 });
  await storeWork(env, "ast_r4", 0, spec, { ...nothing, slices: [cut(first.key)] });
  const { missing, report } = await loadEarlierWork(env, "ast_r4", 0, spec);
  expect(report.slices).toEqual([cut(first.key)]);
  expect(missing?.kind === "audio-slices" && missing.slices).toEqual([other]);
  await storeWork(env, "ast_r4", 0, spec, { ...nothing, slices: [cut(other.key)] });
  expect((await loadEarlierWork(env, "ast_r4", 0, spec)).missing).toBeNull();
});

test("what is stored whole leaves nothing to do, and costs nothing", async () => {
  const { video, audio, poster } = await tasksOf("ast_r2");
  if (video.kind !== "video" || audio.kind !== "audio") throw new Error("not as planned");
  const whole = { ...nothing, renditions: video.rungs.map(({ key }) => aReport(key)) };
  await storeWork(env, "ast_r2", 0, video, whole);
  await storeWork(env, "ast_r2", 0, audio, { ...nothing, renditions: [aReport(audio.key)] });
  await storeWork(env, "ast_r2", 0, poster, { ...nothing, images: [stored, stored] });
  for (const spec of [video, audio, poster]) {
    const { missing, report } = await loadEarlierWork(env, "ast_r2", 0, spec);
    expect(missing).toBeNull();
    expect(report.usage.cpuSeconds).toBe(0);
  }
});

test("a report that can't be read is as good as none", async () => {
  const { audio } = await tasksOf("ast_r3");
  if (audio.kind !== "audio") throw new Error("not audio");
  await env.MEDIA.put(`reports/ast_r3/${audio.key}/00000.json`, JSON.stringify({ half: "a report" }));
  expect((await loadEarlierWork(env, "ast_r3", 0, audio)).missing).toEqual(audio);
});
