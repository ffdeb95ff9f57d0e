/** The keys of an asset's objects in the MEDIA bucket. They are deterministic: the same work lands on the same key. */

/** Content type by file ending (MEDIA formats of RFC 8216 and CMAF). */
export const contentTypes = {
  m4s: "video/iso.segment",
  mp4: "video/mp4",
  m3u8: "application/vnd.apple.mpegurl",
  jpg: "image/jpeg",
  vtt: "text/vtt",
} as const;

/** The folder of a rendition. */
export function renditionPrefix(assetId: string, key: string): string {
  return `media/${assetId}/${key}/`;
}

/** An audio slice between its chunk and its encode; deleted with the asset. */
export function sliceObjectKey(assetId: string, slice: string): string {
  return `work/${assetId}/${slice}`;
}

/** The folder of the reports on a rendition. */
export function renditionReportPrefix(assetId: string, renditionKey: string): string {
  return `reports/${assetId}/${renditionKey}/`;
}

/** The report of one task on one rendition: kept, so that the same chunk is never encoded twice. */
export function renditionReportKey(assetId: string, renditionKey: string, ordinal: number): string {
  return `${renditionReportPrefix(assetId, renditionKey)}${String(ordinal).padStart(5, "0")}.json`;
}

/** The report on one audio slice. */
export function sliceReportKey(assetId: string, slice: string): string {
  return `reports/${assetId}/${slice}.json`;
}

/** A task's whole report. */
export function taskReportKey(assetId: string, kind: string, ordinal: number): string {
  return `reports/${assetId}/tasks/${kind}-${String(ordinal).padStart(5, "0")}.json`;
}

/** Everything of an asset in MEDIA lies under one of these. */
export function assetPrefixes(assetId: string): string[] {
  return [`media/${assetId}/`, `work/${assetId}/`, `reports/${assetId}/`, `plans/${assetId}.`];
}

/** The mezzanine (SOURCES): a Matroska copy of a source whose container can't be seeked in. */
export function mezzanineKey(assetId: string): string {
  return `remuxed/${assetId}.mkv`;
}
