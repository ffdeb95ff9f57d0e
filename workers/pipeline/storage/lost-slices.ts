import { taskReport } from "../../../protocol/protocol.ts";
import { listObjects } from "./list-objects.ts";
import { sliceObjectKey, sliceReportKey } from "./media-keys.ts";
import { readReport } from "./read-report.ts";

const sliceReport = taskReport.shape.slices.element;

/** Which of an asset's audio slices are no longer as they were cut: an encode of their track needs them. */
export async function lostSlices(env: Env, assetId: string, slices: readonly string[]): Promise<string[]> {
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
