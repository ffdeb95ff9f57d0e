/** Subtitles: what FFmpeg decodes becomes WebVTT that every player reads, on the film's own clock. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Grid } from "../../../protocol/grid.ts";
import { makeFilm, testPicture } from "../../../test/support/transcoder/make-film.ts";
import { renditionReports, transcodeFilm } from "../../../test/support/transcoder/transcode-film.ts";
import { readAss } from "./read-ass.ts";
import { writeWebvtt } from "./write-webvtt.ts";

const cache = path.join(import.meta.dirname, "../../../node_modules/.cache/marquee-media");

function event(text: string, start = "0:00:01.00", end = "0:00:02.50", style = "Default"): string {
  return `Dialogue: 0,${start},${end},${style},,0,0,0,,${text}`;
}

const cases: [string, string, boolean, string][] = [
  ["italics and a comma", "{\\i1}Well{\\i0}, yes", false, "<i>Well</i>, yes"],
  ["bold by weight, reset", "{\\b700}loud{\\r} quiet", true, "<b>loud</b> quiet"],
  ["nested and never closed", "{\\i1}a{\\b1}b", false, "<i>a</i><b><i>b</i></b>"],
  ["line breaks without empty lines", "one\\N\\N two\\hthree", false, "one\ntwo\u00a0three"],
  ["fonts, colours, positions and karaoke go", "{\\fs20\\c&HFF&\\pos(1,2)\\k20}Ka{\\k30}ra", true, "Kara"],
  ["a drawing is no text", "{\\p1}m 0 0 l 10 10{\\p0}", true, ""],
  ["a comment of ASS goes", "{note to self}Hello", true, "Hello"],
  ["braces of other formats stay", "a {b} \\{c\\}", false, "a {b} {c}"],
  [
    "markup is text, and harmless",
    'x < y & "z" --> <laughs>',
    false,
    'x &lt; y &amp; "z" --&gt; &lt;laughs&gt;',
  ],
  [
    "stray tags go",
    '<script>alert(1)</script> <font color="red">red</font> <c.yellow>c</c>',
    false,
    "alert(1) red c",
  ],
  ["only markup", "{\\i1} {\\i0}", false, ""],
];

test.each(cases)("%s", (_, text, isAss, expected) => {
  expect(readAss(event(text), isAss).map((cue) => cue.text)).toEqual(expected === "" ? [] : [expected]);
});

test("a cue stands where its style or its own command says", () => {
  const script = [
    "Format: Name, Fontname, Alignment",
    "Style: Default,Arial,2",
    "Style: Top,Arial,8",
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text",
    event("a", "0:00:01.00", "0:00:02.00", "Top"),
    event("{\\an5}b", "0:00:02.00", "0:00:03.00", "Top"),
    event("c", "0:00:03.00", "0:00:04.00"),
  ];
  expect(readAss(script.join("\n"), true).map(({ place }) => place)).toEqual(["top", "middle", "bottom"]);
});

test("the same event twice (an outline, a shadow) is one cue; events without a time are none", () => {
  const script = [
    event("a"),
    event("{\\bord2}a"),
    event("b", "9:99", "x"),
    event("c", "0:00:03.00", "0:00:03.00"),
  ];
  expect(readAss(script.join("\n"), true)).toEqual([{ start: 1, end: 2.5, text: "a", place: "bottom" }]);
});

const grid: Grid = {
  ...{ frameRate: { num: 30_000, den: 1001 }, timescale: 30_000, frameTicks: 1001, frames: 5000 },
  ...{ gopFrames: 60, segmentFrames: 180, originSeconds: 3.2, containerStartSeconds: 3.2 },
};

test("segments cover the film without gap; a cue is in each that it touches, and in no other", () => {
  const lengthSeconds = (grid.frames * 1001) / 30_000;
  const cue = fc
    .tuple(
      fc.double({ min: -5, max: lengthSeconds + 10, noNaN: true }),
      fc.double({ min: 0.1, max: 90, noNaN: true }),
    )
    .map(([start, length]) => ({ start, end: start + length, text: "x", place: "bottom" as const }));
  fc.assert(
    fc.property(
      fc.array(cue, { maxLength: 12 }),
      fc.integer({ min: 1, max: 40 }),
      (cues, segmentsPerFile) => {
        const numbered = cues.map((one, n) => ({ ...one, text: `cue ${n}` }));
        const segments = [...writeWebvtt(numbered, grid, segmentsPerFile)];
        let next = 0;
        for (const { start, duration } of segments) {
          expect(start).toBe(next);
          expect(start % (grid.segmentFrames * grid.frameTicks)).toBe(0);
          next = start + duration;
        }
        expect(next).toBe(grid.frames * grid.frameTicks);
        for (const one of numbered) {
          // Times are written in milliseconds: a cue that only touches a boundary within one is in either.
          const from = one.start - grid.originSeconds;
          const until = one.end - grid.originSeconds;
          for (const { start, duration, text } of segments) {
            const [segmentFrom, segmentUntil] = [start / grid.timescale, (start + duration) / grid.timescale];
            const isIn = text.split("\n").includes(one.text);
            const overlap = Math.min(until, segmentUntil) - Math.max(from, segmentFrom);
            if (Math.abs(overlap) > 0.002) expect(isIn).toBe(overlap > 0);
          }
        }
      },
    ),
  );
});

test("a segment's text: times on the film's clock, the mapping to media time, the place", () => {
  const cues = [
    { start: 4.2, end: 6.7, text: "first\nline two", place: "top" as const },
    { start: 3665.5, end: 3670, text: "after the end", place: "bottom" as const },
  ];
  expect([...writeWebvtt(cues, grid, 100)].map(({ text }) => text)).toEqual([
    `WEBVTT
X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0

00:00:01.000 --> 00:00:03.500 line:0
first
line two
`,
  ]);
});

const srt = `1
00:00:01,000 --> 00:00:03,000
Hello <i>world</i> & co

2
00:00:59,500 --> 00:01:01,500
{\\an8}Across the minute
`;

function subtitledFilm(ending: string, codecs: string[], extra: string[] = []): string {
  const file = path.join(cache, "subtitles.srt");
  makeFilm("png", ["-f", "lavfi", "-i", "color=red:size=16x16", "-frames:v", "1"]); // makes the folder
  writeFileSync(file, srt);
  return makeFilm(ending, [
    ...testPicture({ size: "160x90", rate: "10", seconds: 63 }),
    ...codecs.flatMap(() => ["-i", file]),
    ...["-map", "0:v", "-map", "1:a", ...codecs.flatMap((_, n) => ["-map", `${n + 2}:s`])],
    ...codecs.flatMap((codec, n) => [`-c:s:${n}`, codec]),
    ...["-pix_fmt", "yuv420p", ...extra],
  ]);
}

test.each([
  ["Matroska: SubRip, ASS and WebVTT", "mkv", ["subrip", "ass", "webvtt"]],
  ["Matroska whose clock starts at 3.2 s", "mkv", ["subrip"]],
  ["MP4: 3GPP timed text", "mp4", ["mov_text"]],
])("%s", async (name, ending, codecs) => {
  const shifted = name.includes("3.2") ? ["-output_ts_offset", "3.2"] : [];
  const film = await transcodeFilm(subtitledFilm(ending, codecs, shifted), (tasks) =>
    tasks.map(({ spec }) => spec).filter(({ kind }) => kind === "text"),
  );
  try {
    expect(film.plan.text).toHaveLength(codecs.length);
    for (const { key, codec } of film.plan.text) {
      const [report] = renditionReports(film.reports, key);
      const texts = (report?.segments ?? []).map(({ file }) =>
        film.storage.objects.get(`/media/${key}/${file}`)?.toString(),
      );
      expect(report).toMatchObject({ codecs: "webvtt", init: null, timescale: film.plan.grid.timescale });
      expect(report?.segments.map(({ file, frames }) => [file, frames])).toEqual([
        ["seg-00000.vtt", 2],
        ["seg-00001.vtt", 1],
      ]);
      const times = texts.join("").matchAll(/^00:(\d\d):(\d\d\.\d{3}) --> 00:(\d\d):(\d\d\.\d{3})/gm);
      const expected = [1, 3, 59.5, 61.5, 59.5, 61.5];
      const seconds = [...times].flatMap(([, m1, s1, m2, s2]) => [
        Number(m1) * 60 + Number(s1),
        Number(m2) * 60 + Number(s2),
      ]);
      expect(seconds).toHaveLength(expected.length);
      // ASS counts in hundredths, and Matroska's own clock in thousandths.
      for (const [n, time] of expected.entries())
        expect(Math.abs((seconds[n] ?? 0) - time)).toBeLessThan(0.012);
      expect(texts[0]).toContain("\nHello <i>world</i> &amp; co\n");
      // FFmpeg keeps the place in these two only when it makes this film.
      if (codec === "subrip" || codec === "ass") expect(texts[1]).toMatch(/ line:0\nAcross the minute\n$/);
    }
  } finally {
    await film.storage.close();
  }
});

test("what can't be converted is left out with a reason; the other tracks stay", async () => {
  const film = subtitledFilm("mkv", ["subrip"]);
  const transcoded = await transcodeFilm(film, (tasks) =>
    tasks.flatMap(({ spec }) => {
      if (spec.kind !== "text") return [];
      const [track] = spec.tracks;
      if (track === undefined) throw new Error("no track");
      // A stream that is no subtitle, and one that is not there.
      return [
        {
          ...spec,
          tracks: [
            { ...track, key: "t7-sound", streamIndex: 1 },
            { ...track, key: "t8-missing", streamIndex: 9 },
            track,
          ],
        },
      ];
    }),
  );
  try {
    const report = transcoded.reports.at(-1);
    expect(report?.skipped).toEqual([
      { key: "t7-sound", reason: expect.stringContaining("could not be read") },
      { key: "t8-missing", reason: expect.stringContaining("could not be read") },
    ]);
    expect(report?.renditions.map(({ key }) => key)).toEqual(transcoded.plan.text.map(({ key }) => key));
  } finally {
    await transcoded.storage.close();
  }
});
