import { type RenditionReport, renditionReport } from "../../containers/transcoder/protocol.ts";
import { renditionReportKey } from "./media-keys.ts";

/** A rendition's reports, chunk by chunk; null where there is none. */
export async function loadReports(
  env: Env,
  assetId: string,
  key: string,
  count: number,
): Promise<(RenditionReport | null)[]> {
  return await Promise.all(
    Array.from({ length: count }, async (_, ordinal) => {
      const object = await env.MEDIA.get(renditionReportKey(assetId, key, ordinal));
      const parsed = renditionReport.safeParse(await object?.json());
      return parsed.success ? parsed.data : null;
    }),
  );
}
