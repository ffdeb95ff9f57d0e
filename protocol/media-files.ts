/** The names of a rendition's files, which playlists, ledgers and the transcoder's uploads share. */

/** The init segment of a track in CMAF. */
export const initFile = "init.mp4";

/** The name of a segment, counted from 0: CMAF (`m4s`) or WebVTT. */
export function segmentFile(segment: number, ending: "m4s" | "vtt" = "m4s"): string {
  return `seg-${String(segment).padStart(5, "0")}.${ending}`;
}

/** The number of the CMAF segment with this name; null for any other file. */
export function segmentOf(file: string): number | null {
  const number = /^seg-(\d{5})\.m4s$/.exec(file)?.[1];
  return number === undefined ? null : Number(number);
}

/** The number of a segment or sheet, whatever its kind; null for any other file. */
export function fileNumberOf(file: string): number | null {
  const number = /^(?:seg|sprite)-(\d{5})\.\w+$/.exec(file)?.[1];
  return number === undefined ? null : Number(number);
}

/** FFmpeg's pattern for the sheets of a storyboard, counted from 0. */
export const sheetPattern = "sprite-%05d.jpg";

/** Is true of the names that a transcoder may store in a rendition's folder. */
export function isRenditionFile(file: string): boolean {
  return isTrackFile(file) || /^poster-\d{2,4}\.jpg$/.test(file);
}

/** Is true of files that a track's report names: init segments, segments and sheets. */
export function isTrackFile(file: string): boolean {
  return file === initFile || /^(seg-\d{5}\.(m4s|vtt)|sprite-\d{5}\.jpg)$/.test(file);
}
