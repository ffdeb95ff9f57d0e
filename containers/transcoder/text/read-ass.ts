/**
 * Reads subtitles in the form into which FFmpeg decodes every text format: ASS events. Of their markup only what WebVTT
 * has is kept: bold, italic, underline, and whether a cue stands at the top or in the middle of the picture.
 */
import { readAssText } from "./read-ass-text.ts";

/** A piece of text that is shown for a while. Times in seconds, on the source's clock. */
export interface Cue {
  start: number;
  end: number;
  /** WebVTT cue text: escaped, with `<b>`, `<i>` and `<u>` only, without empty lines. */
  text: string;
  /** Its place in the picture: the bottom, unless the source gives another. */
  place: "bottom" | "middle" | "top";
  /** It was longer than anybody reads, and its end is not in `text`. */
  isCut?: true;
}

/** The default order of an event's fields; the last one is the text, which may hold commas. */
const eventFields = 10;

/** More fields than any style has. */
const maxStyleFields = 64;

/** ASS counts in hundredths of a second. */
const clockStep = 0.011;

/**
 * Takes time in proportion to the script, whatever is in it.
 * @param ass a whole ASS script as FFmpeg writes it.
 * @param isAss the track was ASS or SSA from the start: `{…}` without a command is then a comment, and else text.
 * @returns cues with text, in order of time, each once; pictures of an animation that follow each other with the same text
 * are one.
 */
export function readAss(ass: string, isAss: boolean): Cue[] {
  const styles = new Map<string, number>();
  let alignmentField = -1;
  const cues = new Map<string, Cue>();
  for (const ended of ass.split("\n")) {
    const line = ended.endsWith("\r") ? ended.slice(0, -1) : ended;
    const colon = line.indexOf(":");
    const kind = line.slice(0, colon);
    const rest = line.slice(colon + 1);
    if (kind === "Format" && alignmentField === -1) {
      alignmentField = rest.split(",", maxStyleFields).findIndex((field) => field.trim() === "Alignment");
    } else if (kind === "Style") {
      const fields = rest.split(",", maxStyleFields);
      styles.set(fields[0]?.trim() ?? "", Number(fields[alignmentField] ?? 2));
    } else if (kind === "Dialogue") {
      const { fields, text: raw } = splitEvent(rest);
      const start = secondsOf(fields[1]);
      const end = secondsOf(fields[2]);
      if (!(end > start)) continue;
      const { text, alignment, isCut } = readAssText(raw, isAss);
      const place = placeOf(alignment ?? styles.get(fields[3]?.trim() ?? "") ?? 2);
      if (text !== "")
        cues.set(`${start} ${end} ${text}`, { start, end, text, place, ...(isCut && { isCut }) });
    }
  }
  return joinPictures([...cues.values()].sort((a, b) => a.start - b.start || a.end - b.end));
}

/** The fields before the text, and the text, which may hold commas. */
function splitEvent(event: string): { fields: string[]; text: string } {
  const fields: string[] = [];
  let from = 0;
  while (fields.length < eventFields - 1) {
    const comma = event.indexOf(",", from);
    if (comma === -1) return { fields, text: "" };
    fields.push(event.slice(from, comma));
    from = comma + 1;
  }
  return { fields, text: event.slice(from) };
}

/**
 * Joins cues that show the same text at the same place one right after the other: signs that move with the picture have an
 * event for each picture of the film, which a viewer sees as one.
 */
function joinPictures(sorted: readonly Cue[]): Cue[] {
  const joined: Cue[] = [];
  const latest = new Map<string, Cue>();
  for (const cue of sorted) {
    const key = `${cue.place} ${cue.text}`;
    const before = latest.get(key);
    if (before !== undefined && cue.start > before.start && Math.abs(cue.start - before.end) <= clockStep) {
      before.end = Math.max(before.end, cue.end);
    } else {
      latest.set(key, cue);
      joined.push(cue);
    }
  }
  return joined;
}

/** `h:mm:ss.cc`; NaN for anything else. */
function secondsOf(time: string | undefined): number {
  const [, hours, minutes, seconds] = /^\s*(\d+):(\d\d):(\d\d\.\d\d)$/.exec(time ?? "") ?? [];
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

/** Alignment by numpad: 1–3 bottom, 4–6 middle, 7–9 top. */
function placeOf(alignment: number): Cue["place"] {
  return alignment >= 7 ? "top" : alignment >= 4 ? "middle" : "bottom";
}
