/** The reports on stored work, as they lie in MEDIA. One that can't be read counts as none: its work is done again. */
import type { z } from "zod";
import { type RenditionReport, renditionReport, taskReport } from "../../../protocol/report.ts";
import { listObjects } from "./list-objects.ts";
import { renditionReportKey, sliceObjectKey, sliceReportKey } from "./media-keys.ts";

const sliceReport = taskReport.shape.slices.element;

/** Reads one report; null where there is none, or one that can't be read. */
export async function readReport<T extends z.ZodType>(
  env: Pick<Env, "MEDIA">,
  key: string,
  schema: T,
): Promise<z.infer<T> | null> {
  const object = await env.MEDIA.get(key);
  if (object === null) return null;
  const parsed = schema.safeParse(await object.json());
  return parsed.success ? parsed.data : null;
}

/** Reads a rendition's reports, chunk by chunk; null where there is none. */
export async function loadReports(
  env: Env,
  assetId: string,
  key: string,
  count: number,
): Promise<(RenditionReport | null)[]> {
  return await Promise.all(
    Array.from({ length: count }, (_, ordinal) =>
      readReport(env, renditionReportKey(assetId, key, ordinal), renditionReport),
    ),
  );
}

/** Finds the audio slices of an asset that are no longer as they were cut: an encode of their track needs them. */
export async function findLostSlices(
  env: Env,
  assetId: string,
  slices: readonly string[],
): Promise<string[]> {
  const listed = await listObjects(env, sliceObjectKey(assetId, ""));
  const reports = await Promise.all(
    slices.map((slice) => readReport(env, sliceReportKey(assetId, slice), sliceReport)),
  );
  return slices.filter((slice, n) => {
    const report = reports[n] ?? null;
    const there = listed.get(slice);
    return report === null || there?.bytes !== report.bytes || there.md5 !== report.md5;
  });
}
