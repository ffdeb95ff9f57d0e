/** Turns the text of an ASS event into WebVTT cue text, in one pass from its first character to its last. */

/** Longest text of a cue, bytes of UTF-8 with its markup. Two full lines are some 80 characters; beyond is no text for people. */
export const maxCueBytes = 4096;

/** Longest event that is looked at, characters: commands of karaoke and drawings may take many times the text. */
const maxEventCharacters = 64 * 1024;

/** Room for the tags that close at the end, bytes. */
const closingBytes = 16;

type Tag = "b" | "i" | "u";
type Flags = Record<Tag, boolean>;

/** An event's text. `alignment` by numpad, null where it says none; `isCut`: there was more of it. */
export interface EventText {
  text: string;
  alignment: number | null;
  isCut: boolean;
}

/** Tags that other formats' texts still hold when no decoder understood them. Anything else in angle brackets is text. */
const strayTags =
  /<\/?(?:a|b|br|c|div|em|font|i|img|lang|p|rt|ruby|s|script|span|strike|strong|style|svg|u|v)(?:[\s./:#][^<>]*)?>/gi;

/** Characters that no text needs and that break lines, cues or parsers. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f\u2028\u2029\ufffe\uffff]/g;

/** FFmpeg writes a backslash of the text with this behind it, so that it begins no command. */
const wordJoiner = "\u2060";

/** @param isAss see readAss. */
export function readAssText(raw: string, isAss: boolean): EventText {
  const cue = new CueText();
  cue.isCut = raw.length > maxEventCharacters;
  for (const piece of piecesOf(raw.slice(0, maxEventCharacters))) {
    if (piece.kind === "text") cue.write(piece.text);
    else if (piece.text.includes("\\")) cue.obey(piece.text);
    else if (!isAss) cue.write(`{${piece.text}}`);
    if (cue.isFull) break;
  }
  return cue.end();
}

/**
 * The blocks of commands in braces, and the text between them. Line breaks (`\N`), blanks (`\n`, `\h`) and braces of the text
 * itself, which have backslashes before them, are pieces of their own. Each character is looked at twice at most.
 */
function* piecesOf(raw: string): Generator<{ kind: "text" | "commands"; text: string }> {
  let from = 0;
  let at = 0;
  while (at < raw.length) {
    let end = at + 1;
    let piece: { kind: "text" | "commands"; text: string } | null = null;
    let kept = "";
    if (raw[at] === "\\") {
      while (raw[end] === "\\") end++;
      const next = raw[end] ?? "";
      if (next === "{" || next === "}") piece = { kind: "text", text: next };
      else if (next in breaks) {
        piece = { kind: "text", text: breaks[next] ?? "" };
        kept = raw.slice(at, end - 1);
      } else if (next === wordJoiner) {
        piece = { kind: "text", text: "" };
        kept = raw.slice(at, end);
      }
      if (piece !== null) end += 1;
    } else if (raw[at] === "{") {
      const brace = braceFrom(raw, end);
      if (raw[brace] === "}") {
        piece = { kind: "commands", text: raw.slice(end, brace) };
        end = brace + 1;
      }
    }
    if (piece !== null) {
      yield { kind: "text", text: raw.slice(from, at) + kept };
      yield piece;
      from = end;
    }
    at = end;
  }
  yield { kind: "text", text: raw.slice(from) };
}

const breaks: Readonly<Record<string, string>> = { N: "\n", n: " ", h: "\u00a0" };

/** The place of the next brace of either kind; the text's length when there is none. */
function braceFrom(raw: string, start: number): number {
  let at = start;
  while (at < raw.length && raw[at] !== "{" && raw[at] !== "}") at++;
  return at;
}

/** WebVTT cue text that grows. */
class CueText {
  isCut = false;
  isFull = false;
  #out = "";
  #bytes = 0;
  #alignment: number | null = null;
  #isDrawing = false;
  #flags: Flags = { b: false, i: false, u: false };
  #open: Tag[] = [];

  /** Adds text under the flags that hold now. */
  write(text: string): void {
    if (this.#isDrawing || text === "") return;
    const wanted = (["b", "i", "u"] as const).filter((tag) => this.#flags[tag]);
    if (wanted.join() !== this.#open.join()) {
      if (!this.#add(closing(this.#open) + wanted.map((tag) => `<${tag}>`).join(""))) return;
      this.#open = wanted;
    }
    const clean = text.replace(unprintable, "").replace(strayTags, "");
    if (this.#add(escapeMarkup(clean))) return;
    for (const character of clean) if (!this.#add(escapeMarkup(character))) return;
  }

  /** Obeys a block of commands, as far as WebVTT can show what they do. */
  obey(commands: string): void {
    for (const command of commands.split("\\").slice(1)) {
      const [, name, value = ""] = /^(an|a|b|i|u|p|r)(\d*)(?:[\s)]|$)/.exec(command) ?? [];
      if (name === "an") this.#alignment = Number(value);
      else if (name === "p") this.#isDrawing = Number(value) > 0;
      else if (name === "r") this.#flags = { b: false, i: false, u: false };
      // Bold may be given as a weight: `\b700`.
      else if (name === "b") this.#flags = { ...this.#flags, b: value === "1" || Number(value) >= 600 };
      else if (name === "i" || name === "u") this.#flags = { ...this.#flags, [name]: value === "1" };
    }
  }

  /** Closes what is open, and drops empty lines, which would end the cue. */
  end(): EventText {
    const out = this.#out + closing(this.#open);
    const hasText = out.replace(/<\/?[biu]>/g, "").trim() !== "";
    const lines = out.split("\n").map((line) => line.trim());
    return {
      text: hasText ? lines.filter((line) => line !== "").join("\n") : "",
      alignment: this.#alignment,
      isCut: this.isCut,
    };
  }

  /** @returns false when there is no room for it. */
  #add(markup: string): boolean {
    const bytes = Buffer.byteLength(markup);
    if (this.#bytes + bytes > maxCueBytes - closingBytes) {
      this.isCut = true;
      this.isFull = true;
      return false;
    }
    this.#out += markup;
    this.#bytes += bytes;
    return true;
  }
}

function closing(open: readonly Tag[]): string {
  return open
    .toReversed()
    .map((tag) => `</${tag}>`)
    .join("");
}

function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
