/** Subtitles that are made to cost: each is read in time and bytes that follow from what people read, not from the file. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import type { Grid } from "../../../protocol/grid.ts";
import { maxTextSegmentBytes, maxTextTrackBytes } from "../../../protocol/planned-output.ts";
import { makeFilm, mediaCache } from "../../../test/support/transcoder/make-film.ts";
import { transcodeFilm } from "../../../test/support/transcoder/transcode-film.ts";
import { readAss } from "./read-ass.ts";
import { maxCueBytes } from "./read-ass-text.ts";
import { writeWebvtt } from "./write-webvtt.ts";

const event = (text: string, start = "0:00:01.00", end = "0:00:02.50"): string =>
  `Dialogue: 0,${start},${end},Default,,0,0,0,,${text}`;

/** A million characters, as many as FFmpeg lets an event have. */
const size = 1_000_000;

test.each([
  ["backslashes", "\\".repeat(size)],
  ["backslashes and a brace", `${"\\".repeat(size)}{`],
  ["open braces", "{".repeat(size)],
  ["open braces with commands", "{\\i1".repeat(size / 4)],
  ["a block that never closes", `{${"\\".repeat(size)}`],
  ["a command of digits", `{\\b${"1".repeat(size)}x}`],
  ["commands that change nothing", `{${"\\b1\\b0".repeat(size / 6)}}`],
  ["flags that change at each letter", "{\\b1}a{\\b0}b".repeat(size / 12)],
  ["open tags", "<i ".repeat(size / 3)],
  ["a tag that never closes", `<i ${"a".repeat(size)}`],
  ["line breaks", "\\N".repeat(size / 2)],
  ["words joiners", "\\\u2060".repeat(size / 2)],
  ["ampersands", "&".repeat(size)],
  ["commas", ",".repeat(size)],
])("%s are read in one pass", (_, text) => {
  const startedAt = performance.now();
  for (const isAss of [true, false]) {
    for (const cue of readAss(event(text), isAss)) {
      expect(Buffer.byteLength(cue.text)).toBeLessThanOrEqual(maxCueBytes);
    }
  }
  // A pass takes some hundredths of a second; where time grew with the square of the length, ten minutes and more.
  expect(performance.now() - startedAt).toBeLessThan(5000);
});

test("a cue of a megabyte is cut between characters, with its tags closed", () => {
  const [cue] = readAss(event(`{\\i1}${"😀&".repeat(size)}`), true);
  expect(cue?.isCut).toBe(true);
  expect(cue?.text).toMatch(/^<i>(😀&amp;)+😀?<\/i>$/u);
  expect(Buffer.byteLength(cue?.text ?? "")).toBeGreaterThan(maxCueBytes - 32);
  expect(readAss(event("Well, yes"), true)[0]?.isCut).toBeUndefined();
});

test("a sign that is drawn anew for each picture is one cue", () => {
  const script = [
    event("EXIT", "0:00:01.00", "0:00:01.04"),
    event("EXIT", "0:00:01.04", "0:00:01.08"),
    event("{\\pos(1,2)}EXIT", "0:00:01.08", "0:00:02.00"),
    event("EXIT", "0:00:03.00", "0:00:04.00"),
  ];
  expect(readAss(script.join("\n"), true).map(({ start, end }) => [start, end])).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

/** Twelve hours at one picture a second. */
const longGrid: Grid = {
  ...{ frameRate: { num: 1, den: 1 }, timescale: 10_000, frameTicks: 10_000, frames: 43_200 },
  ...{ gopFrames: 2, segmentFrames: 6, originSeconds: 0, containerStartSeconds: 0 },
};

test("segments have room for a thousand cues and half a megabyte, and say what is left out", () => {
  const cue = (n: number, text: string) => ({
    start: 0,
    end: 43_200,
    text: `${n} ${text}`,
    place: "top" as const,
  });
  const many = Array.from({ length: 5000 }, (_, n) => cue(n, "x"));
  const [first] = writeWebvtt(many, longGrid, 10);
  expect([first?.cues, first?.left]).toEqual([1000, 4000]);
  const large = Array.from({ length: 5000 }, (_, n) => cue(n, "x".repeat(4000)));
  const [largest] = writeWebvtt(large, longGrid, 10);
  expect(Buffer.byteLength(largest?.text ?? "")).toBeLessThanOrEqual(maxTextSegmentBytes);
  expect(largest?.cues).toBeGreaterThan(100);
});

/** Half a minute of a still picture with these SubRip tracks, which zlib makes small. */
function filmWith(name: string, tracks: string[]): string {
  makeFilm("png", ["-f", "lavfi", "-i", "color=red:size=16x16", "-frames:v", "1"]); // makes the folder
  const files = tracks.map((text, n) => {
    const file = path.join(mediaCache, `${name}-${n}.srt`);
    writeFileSync(file, text);
    return file;
  });
  return makeFilm("mkv", [
    ...["-f", "lavfi", "-i", "color=red:size=64x64:rate=1:duration=600"],
    ...files.flatMap((file) => ["-i", file]),
    ...["-map", "0:v", ...files.flatMap((_, n) => ["-map", `${n + 1}:s`]), "-c:s", "copy"],
  ]);
}

test("a film with subtitles of a megabyte a cue keeps its honest track, and stores kilobytes", async () => {
  const cue = (n: number, text: string) => `${n}\n00:00:0${n},000 --> 00:09:59,000\n${text}\n\n`;
  const bomb = [1, 2, 3, 4, 5].map((n) => cue(n, `${n}${"y".repeat(900_000)}`)).join("");
  const film = await transcodeFilm(filmWith("bomb", [bomb, cue(1, "Hello")]), (tasks) =>
    tasks.map(({ spec }) => spec).filter(({ kind }) => kind === "text"),
  );
  try {
    const report = film.reports.at(-1);
    const [large, honest] = film.plan.text;
    const stored = [...film.storage.objects].filter(([name]) => name.startsWith(`/media/${large?.key}/`));
    const bytes = stored.reduce((sum, [, object]) => sum + object.byteLength, 0);
    expect(stored.length).toBe(10);
    expect(bytes).toBeLessThan(10 * 5 * (maxCueBytes + 200));
    expect(report?.renditions.map(({ key }) => key)).toEqual([large?.key, honest?.key]);
    expect(report?.warnings).toEqual([
      { code: "subtitles_cut", detail: expect.stringContaining("5 subtitles are longer than anybody reads") },
    ]);
  } finally {
    await film.storage.close();
  }
});

test("a track that would fill storage is left out with a reason", async () => {
  const cues = Array.from({ length: 1000 }, (_, n) => {
    const text = `${n} ${"z".repeat(500)}`;
    return `${n + 1}\n00:00:00,000 --> 00:09:59,000\n${text}\n\n`;
  });
  const film = await transcodeFilm(filmWith("wide", [cues.join("")]), (tasks) =>
    tasks.map(({ spec }) => spec).filter(({ kind }) => kind === "text"),
  );
  try {
    // Half a megabyte of text stands in each of ten segments.
    expect(10 * 1000 * 500).toBeGreaterThan(maxTextTrackBytes);
    const report = film.reports.at(-1);
    expect(report?.renditions).toEqual([]);
    expect(report?.skipped?.[0]?.reason).toContain("too large");
    expect([...film.storage.objects.keys()].filter((name) => name.endsWith(".vtt"))).toEqual([]);
  } finally {
    await film.storage.close();
  }
});
