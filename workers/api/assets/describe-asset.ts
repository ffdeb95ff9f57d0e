/** Turns rows into the API's JSON. */
import { loudnessReport } from "../../../protocol/report.ts";
import type { Rendition } from "../../catalog/archive/archive-document.ts";
import { posterOf } from "../../catalog/poster-folder.ts";
import type { AssetProgress, AssetSummary, RenditionJson } from "./asset-json.ts";
import type { AssetRow } from "./find-assets.ts";

/** @param origin this service's own, for example `https://films.example`. */
export function summariseAsset(row: AssetRow, progress: AssetProgress, origin: string): AssetSummary {
  return {
    id: row.id,
    status: row.status,
    title_id: row.titleId,
    title_slug: row.slug,
    title: row.title,
    filename: row.filename,
    language: row.language,
    duration: row.durationSeconds,
    created_at: new Date(row.createdAt).toISOString(),
    updated_at: new Date(row.updatedAt).toISOString(),
    ready_at: row.readyAt === null ? null : new Date(row.readyAt).toISOString(),
    source: { bytes: row.sourceBytes },
    watch_url: `${origin}/watch/${row.slug}`,
    poster: posterOf(row.id, { key: row.posterKey, width: row.posterWidth, height: row.posterHeight }),
    progress,
    error:
      row.work !== "failed"
        ? null
        : {
            code: row.errorCode ?? "unknown",
            detail: row.errorDetail ?? "Processing stopped for an unknown reason. Try again.",
            log: row.errorLog,
          },
  };
}

/** See {@link RenditionJson}. */
export function describeRendition(row: Rendition): RenditionJson {
  return {
    key: row.key,
    kind: row.kind,
    label: row.label,
    status: row.status,
    codecs: row.codecs,
    width: row.width,
    height: row.height,
    frame_rate: row.frameRate,
    bandwidth: row.bandwidth,
    average_bandwidth: row.averageBandwidth,
    segment_count: row.segmentCount,
    frame_count: row.frameCount,
    bytes: row.bytes,
    duration: row.durationSeconds,
    language: row.language,
    channels: row.channels,
    loudness: describeLoudness(row.loudness),
    note: row.note,
  };
}

function describeLoudness(stored: unknown): RenditionJson["loudness"] {
  const parsed = loudnessReport.safeParse(stored);
  if (!parsed.success) return null;
  const { integratedLufs, truePeakDbtp, targetLufs, gainDb, isLimited } = parsed.data;
  return {
    measured_lufs: integratedLufs,
    true_peak_dbtp: truePeakDbtp,
    target_lufs: targetLufs,
    gain_db: gainDb,
    limited: isLimited,
  };
}
