import { type RenditionReport, renditionReport } from "../../../protocol/protocol.ts";
import { renditionReportKey } from "./media-keys.ts";
import { readReport } from "./read-report.ts";

/** A rendition's reports, chunk by chunk; null where there is none. */
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
