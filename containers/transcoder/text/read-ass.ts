/**
 * Reads subtitles in the form into which FFmpeg decodes every text format: ASS events. Of their markup only what WebVTT
 * has is kept: bold, italic, underline, and whether a cue stands at the top or in the middle of the picture.
 */

/** A piece of text that is shown for a while. Times in seconds, on the source's clock. */
export interface Cue {
  start: number;
  end: number;
  /** WebVTT cue text: escaped, with `<b>`, `<i>` and `<u>` only, without empty lines. */
  text: string;
  /** Its place in the picture: the bottom, unless the source gives another. */
  place: "bottom" | "middle" | "top";
}

type Flags = { b: boolean; i: boolean; u: boolean };

/** The default order of an event's fields; the last one is the text, which may hold commas. */
const eventFields = 10;

/** Tags that other formats' texts still hold when no decoder understood them. Anything else in angle brackets is text. */
const strayTags =
  /<\/?(?:a|b|br|c|div|em|font|i|img|lang|p|rt|ruby|s|script|span|strike|strong|style|svg|u|v)(?:[\s./:#][^<>]*)?>/gi;

/** Characters that no text needs and that break lines, cues or parsers. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f\u2028\u2029\ufffe\uffff]/g;

/**
 * @param ass a whole ASS script as FFmpeg writes it.
 * @param isAss the track was ASS or SSA from the start: `{…}` without a command is then a comment, and else text.
 * @returns cues with text, in order of time, each once.
 */
export function readAss(ass: string, isAss: boolean): Cue[] {
  const styles = new Map<string, number>();
  let alignmentField = -1;
  const cues = new Map<string, Cue>();
  for (const line of ass.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    const kind = line.slice(0, colon);
    const fields = line.slice(colon + 1).split(",");
    if (kind === "Format" && alignmentField === -1) {
      alignmentField = fields.findIndex((field) => field.trim() === "Alignment");
    } else if (kind === "Style") {
      styles.set(fields[0]?.trim() ?? "", Number(fields[alignmentField] ?? 2));
    } else if (kind === "Dialogue") {
      const start = secondsOf(fields[1]);
      const end = secondsOf(fields[2]);
      const raw = fields.slice(eventFields - 1).join(",");
      const { text, alignment } = readText(raw, isAss);
      const cue: Cue = {
        start,
        end,
        text,
        place: placeOf(alignment ?? styles.get(fields[3]?.trim() ?? "") ?? 2),
      };
      if (text !== "" && end > start) cues.set(`${start} ${end} ${text}`, cue);
    }
  }
  return [...cues.values()].sort((a, b) => a.start - b.start || a.end - b.end);
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

function readText(raw: string, isAss: boolean): { text: string; alignment: number | null } {
  let alignment: number | null = null;
  let isDrawing = false;
  let flags: Flags = { b: false, i: false, u: false };
  let open: (keyof Flags)[] = [];
  let out = "";
  const write = (text: string): void => {
    if (isDrawing || text === "") return;
    const wanted = (["b", "i", "u"] as const).filter((tag) => flags[tag]);
    if (wanted.join() !== open.join()) {
      out += open
        .toReversed()
        .map((tag) => `</${tag}>`)
        .join("");
      out += wanted.map((tag) => `<${tag}>`).join("");
      open = wanted;
    }
    out += escapeText(text);
  };
  // A block of commands, an escaped brace, a line break, a hard space; everything between them is text.
  const pieces = raw.matchAll(
    /\\+([{}])|\{([^{}]*)\}|\\([Nnh])|((?:(?!\\+[{}]|\\[Nnh]|\{[^{}]*\})[\s\S])+)/g,
  );
  for (const [, brace, commands, special, text] of pieces) {
    if (brace !== undefined) write(brace);
    else if (special !== undefined) write(special === "N" ? "\n" : special === "h" ? "\u00a0" : " ");
    else if (commands?.includes("\\")) {
      for (const [, name, value] of commands.matchAll(/\\(an|a|b|i|u|p|r)(\d*)(?=[\\\s)]|$)/g)) {
        if (name === "an") alignment = Number(value);
        else if (name === "p") isDrawing = Number(value) > 0;
        else if (name === "r") flags = { b: false, i: false, u: false };
        // Bold may be given as a weight: `\b700`.
        else if (name === "b") flags = { ...flags, b: value === "1" || Number(value) >= 600 };
        else if (name === "i" || name === "u") flags = { ...flags, [name]: value === "1" };
      }
    } else if (commands !== undefined) write(isAss ? "" : `{${commands}}`);
    else write((text ?? "").replace(/\\\u2060/g, "\\"));
  }
  out += open
    .toReversed()
    .map((tag) => `</${tag}>`)
    .join("");
  const lines = out.split("\n").map((line) => line.trim());
  const hasText = out.replace(/<\/?[biu]>/g, "").trim() !== "";
  return { text: hasText ? lines.filter((line) => line !== "").join("\n") : "", alignment };
}

function escapeText(text: string): string {
  return text
    .replace(unprintable, "")
    .replace(strayTags, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
