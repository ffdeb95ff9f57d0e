import fc from "fast-check";
import { expect, test } from "vitest";
import { readPlaylist } from "../../hls/read-playlist.ts";
import { averageBitRate, peakBitRate, type Timed } from "./bit-rate.ts";
import { targetDuration, writeIframePlaylist, writeMediaPlaylist } from "./write-media-playlist.ts";

const segmentLists = fc.array(
  fc.record({
    file: fc.integer({ min: 0, max: 99_999 }).map((n) => `seg-${String(n).padStart(5, "0")}.m4s`),
    seconds: fc.double({ min: 0.001, max: 6.4, noNaN: true }),
  }),
  { minLength: 1, maxLength: 60 },
);

test("a media playlist reads back as it was written, within a microsecond a segment", () => {
  fc.assert(
    fc.property(segmentLists, (segments) => {
      const target = targetDuration(segments.map(({ seconds }) => seconds));
      const playlist = readPlaylist(writeMediaPlaylist(segments, target));
      if (playlist.kind !== "media") throw new Error("not a media playlist");
      expect(playlist).toMatchObject({
        playlistType: "VOD",
        endList: true,
        targetDuration: target,
        mediaSequence: 0,
      });
      expect(playlist.segments.map(({ uri }) => uri)).toEqual(segments.map(({ file }) => file));
      for (const [n, { duration, map }] of playlist.segments.entries()) {
        expect(Math.abs(duration - (segments[n]?.seconds ?? 0))).toBeLessThanOrEqual(1e-3);
        expect(map?.uri).toBe("init.mp4");
        expect(Math.round(duration)).toBeLessThanOrEqual(target); // RFC 8216 §4.3.3.1
      }
    }),
  );
});

test("an I-frame playlist names byte ranges", () => {
  const text = writeIframePlaylist([
    { file: "seg-00000.m4s", offset: 0, bytes: 1200, seconds: 2 },
    { file: "seg-00000.m4s", offset: 9000, bytes: 900, seconds: 2 },
  ]);
  const playlist = readPlaylist(text);
  if (playlist.kind !== "media") throw new Error("not a media playlist");
  expect(playlist.iFramesOnly).toBe(true);
  expect(playlist.segments.map(({ byteRange }) => byteRange)).toEqual([
    { length: 1200, offset: 0 },
    { length: 900, offset: 9000 },
  ]);
});

const pieces = fc.array(
  fc.record({
    bytes: fc.integer({ min: 1, max: 5_000_000 }),
    seconds: fc.double({ min: 0.02, max: 8, noNaN: true }),
  }),
  { minLength: 1, maxLength: 25 },
);

/** RFC 8216 §4.1 by the letter: every contiguous subset. */
function bruteForcePeak(all: Timed[], target: number): number {
  const rates = all.flatMap((_, first) =>
    all.slice(first).flatMap((_, count) => {
      const run = all.slice(first, first + count + 1);
      const seconds = run.reduce((sum, piece) => sum + piece.seconds, 0);
      const bits = run.reduce((sum, piece) => sum + piece.bytes * 8, 0);
      return seconds >= 0.5 * target && seconds <= 1.5 * target ? [bits / seconds] : [];
    }),
  );
  return rates.length === 0 ? averageBitRate(all) : Math.ceil(Math.max(...rates));
}

test("the peak is the largest rate of any run of 0.5 to 1.5 target durations", () => {
  fc.assert(
    fc.property(pieces, fc.integer({ min: 1, max: 8 }), (all, target) => {
      expect(Math.abs(peakBitRate(all, target) - bruteForcePeak(all, target))).toBeLessThanOrEqual(1);
    }),
  );
});
