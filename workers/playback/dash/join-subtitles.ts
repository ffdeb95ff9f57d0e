/** Joins the WebVTT segments of a subtitle track into one file, for players that take subtitles only whole. Pure. */

/**
 * The file of these segments, in order. A cue that crosses the end of a segment is in both with the same words and times,
 * and is written once; HLS's header (`X-TIMESTAMP-MAP`, RFC 8216 §3.5) is left out, because times count from the film's start.
 */
export function joinSubtitles(segments: readonly string[]): string {
  const cues = new Set<string>();
  for (const segment of segments) {
    const blocks = segment.replaceAll("\r\n", "\n").split(/\n{2,}/);
    for (const block of blocks) {
      const cue = block.trim();
      if (cue.includes("-->")) cues.add(cue);
    }
  }
  return ["WEBVTT", ...cues].join("\n\n").concat("\n");
}
