/** Subtitle files that do harm. Pure. */

/** A line of nothing but backslashes. */
export function backslashes(count: number): string {
  return "\\".repeat(count);
}

/** An ASS file whose lines all last as long as the film. @param seconds below an hour */
export function assFile(lines: readonly string[], seconds: number): string {
  const end = `0:${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}.00`;
  return [
    ...["[Script Info]", "ScriptType: v4.00+", "", "[V4+ Styles]", "Format: Name, Fontname, Fontsize"],
    ...["Style: Default,Arial,20", "", "[Events]"],
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text",
    ...lines.map((line) => `Dialogue: 0,0:00:00.00,${end},Default,,0,0,0,,${line}`),
    "",
  ].join("\n");
}

/** A SubRip file whose cues all last as long as the film. @param from the second at which they begin */
export function srtFile(cues: readonly string[], seconds: number, from: number): string {
  const clock = (at: number): string =>
    `00:${String(Math.floor(at / 60)).padStart(2, "0")}:${String(at % 60).padStart(2, "0")},000`;
  return cues
    .map(
      (cue, index) => `${index + 1}\n${clock(Math.min(from, seconds - 1))} --> ${clock(seconds)}\n${cue}\n`,
    )
    .join("\n");
}
