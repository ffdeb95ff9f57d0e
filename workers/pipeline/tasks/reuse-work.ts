/**
 * Does nothing twice: each rendition of a chunk is kept as a report under a key that holds the source's etag and
 * the recipe (they are part of the rendition's key), so an attempt only does what no attempt before it has finished.
 */
import type { z } from "zod";
import { renditionReport, type TaskReport, taskReport } from "../../../protocol/report.ts";
import type { TaskSpec } from "../../../protocol/task.ts";
import { renditionReportKey, sliceReportKey } from "../storage/media-keys.ts";
import { readReport } from "../storage/reports.ts";

const slicesSchema = taskReport.shape.slices;
const imagesSchema = taskReport.shape.images;

/** The work that earlier attempts stored, and the part that is missing; null: none is. */
export interface EarlierWork {
  report: TaskReport;
  missing: TaskSpec | null;
}

/** @param ordinal the chunk's number. Inspections and mezzanines are not kept; their tasks run whole. */
export async function loadEarlierWork(
  env: Env,
  assetId: string,
  ordinal: number,
  spec: TaskSpec,
): Promise<EarlierWork> {
  const nothing: TaskReport = {
    renditions: [],
    slices: [],
    images: [],
    usage: { wallSeconds: 0, cpuSeconds: 0, peakBytes: 0 },
  };
  if (spec.kind === "audio" || spec.kind === "storyboard" || spec.kind === "passthrough") {
    const report = await readReport(env, renditionReportKey(assetId, spec.key, 0), renditionReport);
    return report === null
      ? { report: nothing, missing: spec }
      : { report: { ...nothing, renditions: [report] }, missing: null };
  }
  if (spec.kind === "text") {
    const made = await Promise.all(
      spec.tracks.map((track) => readReport(env, renditionReportKey(assetId, track.key, 0), renditionReport)),
    );
    const tracks = spec.tracks.filter((_, n) => made[n] === null);
    const report = { ...nothing, renditions: made.filter((track) => track !== null) };
    return { report, missing: tracks.length === 0 ? null : { ...spec, tracks } };
  }
  if (spec.kind === "poster") {
    const images = await readReport(env, renditionReportKey(assetId, spec.key, 0), imagesSchema);
    return images === null
      ? { report: nothing, missing: spec }
      : { report: { ...nothing, images }, missing: null };
  }
  if (spec.kind === "audio-slices") {
    const { slices, left } = await loadSlices(env, assetId, spec.slices);
    return {
      report: { ...nothing, slices },
      missing: left.length === 0 ? null : { ...spec, slices: left },
    };
  }
  if (spec.kind !== "video") return { report: nothing, missing: spec };

  const stored = await Promise.all(
    spec.rungs.map((rung) =>
      readReport(env, renditionReportKey(assetId, rung.key, ordinal), renditionReport),
    ),
  );
  const report = { ...nothing, renditions: stored.filter((rendition) => rendition !== null) };
  const rungs = spec.rungs.filter((_, n) => stored[n] === null);
  return { report, missing: rungs.length === 0 ? null : { ...spec, rungs } };
}

/** Finds the slices that are cut already, and those that are left. */
async function loadSlices<S extends { key: string }>(
  env: Env,
  assetId: string,
  wanted: S[],
): Promise<{ slices: z.infer<typeof slicesSchema>; left: S[] }> {
  const cut = await Promise.all(
    wanted.map(({ key }) => readReport(env, sliceReportKey(assetId, key), slicesSchema.element)),
  );
  return { slices: cut.filter((slice) => slice !== null), left: wanted.filter((_, n) => cut[n] === null) };
}

/**
 * Keeps the reports of an attempt. Only video is reported in chunks: a track of another kind has one report, whichever
 * task made it.
 */
export async function storeWork(
  env: Env,
  assetId: string,
  ordinal: number,
  spec: TaskSpec,
  report: TaskReport,
): Promise<void> {
  const chunk = spec.kind === "video" ? ordinal : 0;
  await Promise.all([
    ...report.renditions.map((rendition) =>
      env.MEDIA.put(renditionReportKey(assetId, rendition.key, chunk), JSON.stringify(rendition)),
    ),
    ...(spec.kind === "poster"
      ? [env.MEDIA.put(renditionReportKey(assetId, spec.key, 0), JSON.stringify(report.images))]
      : []),
    ...report.slices.map((slice) => env.MEDIA.put(sliceReportKey(assetId, slice.key), JSON.stringify(slice))),
  ]);
}
