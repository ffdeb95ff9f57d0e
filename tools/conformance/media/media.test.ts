/** Boxes and parameter sets against what ffprobe says of the same files. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { findBox } from "../../../containers/transcoder/isobmff/boxes.ts";
import { makeFilm, testPicture } from "../../../test/support/transcoder/make-film.ts";
import { sampleIndexes } from "../load/sample-indexes.ts";
import { mediaTicks, sampleCount } from "../model/timeline.ts";
import { isIdr } from "./is-random-access.ts";
import { readInit } from "./read-init.ts";
import { readSegment } from "./read-segment.ts";

const fragmented = ["-movflags", "+cmaf+frag_keyframe", "-pix_fmt", "yuv420p"];

/** Splits a fragmented MP4 into its init segment and all that follows. */
function split(file: string): { init: ReturnType<typeof readInit>; media: Uint8Array } {
  const bytes = readFileSync(file);
  const { end } = findBox(bytes, ["moov"]);
  return { init: readInit(bytes.subarray(0, end)), media: bytes.subarray(end) };
}

test.each([
  ["High, cropped to an odd size", ["-vf", "scale=318:242", "-profile:v", "high"]],
  ["Main, many references", ["-profile:v", "main", "-refs", "5", "-level", "4.0"]],
  ["Baseline", ["-profile:v", "baseline"]],
  ["BT.709 colour", ["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709"]],
  ["interlaced", ["-flags", "+ilme+ildct", "-x264-params", "tff=1"]],
])("an H.264 parameter set: %s", (_, args) => {
  const film = makeFilm("mp4", [
    ...testPicture({ seconds: 1, audio: false }),
    ...fragmented,
    "-c:v",
    "libx264",
    ...args,
  ]);
  const probed = JSON.parse(
    execFileSync("ffprobe", ["-v", "error", "-show_streams", "-of", "json", film], { encoding: "utf8" }),
  ).streams[0];
  const [track] = split(film).init.tracks;
  expect(track?.entry.avc).toMatchObject({
    width: probed.width,
    height: probed.height,
    levelIdc: probed.level,
    ...(args.includes("-refs") ? { referenceFrames: 5 } : {}),
    framesOnly: !args.includes("tff=1"),
    transfer: args.includes("bt709") ? 1 : null,
  });
  expect(track?.entry.codec).toMatch(
    new RegExp(`^avc1\\.[0-9a-f]{4}${probed.level.toString(16).padStart(2, "0")}$`),
  );
});

test("samples, their times and which of them decoding can start at, as ffprobe counts them", () => {
  const film = makeFilm("mp4", [
    ...testPicture({ seconds: 5, audio: false }),
    ...fragmented,
    "-g",
    "50",
    "-bf",
    "2",
  ]);
  const { init, media } = split(film);
  const [track] = init.tracks;
  if (track === undefined) throw new Error("no track");
  const segment = readSegment(media, track);
  expect([sampleCount(segment), mediaTicks(segment) / track.timescale]).toEqual([125, 5]);
  const starts = segment.fragments.flatMap(({ samples }) =>
    samples.map(({ isRandomAccess }) => isRandomAccess),
  );
  expect(starts.flatMap((is, n) => (is ? [n] : []))).toEqual([0, 50, 100]);
  expect(isIdr(new Uint8Array([0, 0, 0, 2, 0x65, 0]), track.entry)).toBe(true);
  expect(isIdr(new Uint8Array([0, 0, 0, 2, 0x41, 0]), track.entry)).toBe(false);
});

test("damaged bytes are an error or other facts, never a crash of another kind", () => {
  const film = makeFilm("mp4", [...testPicture({ seconds: 1, audio: false }), ...fragmented]);
  const { init, media } = split(film);
  const [track] = init.tracks;
  if (track === undefined) throw new Error("no track");
  const place = fc.tuple(fc.nat(700), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(
      fc.array(place, { minLength: 1, maxLength: 8 }),
      fc.nat(media.byteLength),
      (changes, length) => {
        const bytes = media.slice(0, length);
        for (const [at, value] of changes) if (at < length) bytes[at] = value;
        try {
          expect(readSegment(bytes, track).fragments.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      },
    ),
  );
});

test("a quick look takes the first, middle and last segments with a neighbour each; a whole one all", () => {
  fc.assert(
    fc.property(fc.nat(500), (count) => {
      const quick = sampleIndexes(count, true);
      expect(quick).toEqual([...new Set(quick)].toSorted((a, b) => a - b));
      expect(quick.length).toBeLessThanOrEqual(Math.min(6, count));
      expect(quick.length).toBeGreaterThanOrEqual(Math.min(4, count));
      if (count > 0) expect([quick[0], quick.at(-1)]).toEqual([0, count - 1]);
      expect(sampleIndexes(count, false).length).toBe(count);
    }),
  );
});
