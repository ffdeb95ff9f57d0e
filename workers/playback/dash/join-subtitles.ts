/** Joins the WebVTT segments of a subtitle track into one file, for players that take subtitles only whole. Pure. */

/**
 * The pieces of the file of these segments, in order. A cue that crosses the end of a segment is in both with the same words and
 * times, and is written once; HLS's header (`X-TIMESTAMP-MAP`, RFC 8216 §3.5) is left out, because times count from the film's
 * start. Only the cues of two segments are remembered: one that goes on is in each segment on its way.
 */
export async function* joinSubtitles(
  segments: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<string, void, undefined> {
  yield "WEBVTT\n";
  let before = new Set<string>();
  for await (const segment of segments) {
    const cues = new Set(cuesOf(segment));
    const news = [...cues].filter((cue) => !before.has(cue));
    if (news.length > 0) yield news.map((cue) => `\n${cue}\n`).join("");
    before = cues;
  }
}

function cuesOf(segment: string): string[] {
  return segment
    .replaceAll("\r\n", "\n")
    .split("\n\n")
    .map((block) => block.trim())
    .filter((block) => block.includes("-->"));
}
