import { expect, test } from "vitest";
import type { Grid } from "./grid.ts";
import { plannedFiles, sliceBytes } from "./planned-output.ts";

/** Two hours at 25 frames a second, in segments of 6 s. */
const grid: Grid = {
  ...{ frameRate: { num: 25, den: 1 }, timescale: 12_800, frameTicks: 512, frames: 180_000 },
  ...{ gopFrames: 50, segmentFrames: 150, originSeconds: 0, containerStartSeconds: 0 },
};
const rung = { codec: "h264" as const, width: 1920, height: 1080, crf: 23, level: "4.0" };

test("a chunk has the numbers of its own segments, and room for twice its cap", () => {
  const files = plannedFiles({
    ...{ kind: "video", grid, streamIndex: 0, firstFrame: 1200, endFrame: 2390, tailFrames: 0 },
    filters: { deinterlace: false, toneMap: false },
    rungs: [
      { ...rung, key: "v1080p-1", maxrateKbps: 6000 },
      { ...rung, key: "v240p-1", maxrateKbps: 300 },
    ],
  });
  expect(files["v1080p-1"]).toEqual({ first: 8, end: 16, bytes: 9_000_000 + 4 * 1024 * 1024 });
  expect(files["v240p-1"]?.bytes).toBeLessThan(5_000_000);
});

test("a film of two hours can store no more than some times what it has", () => {
  const text = plannedFiles({
    ...{ kind: "text", grid, segmentsPerFile: 10 },
    tracks: [{ key: "t0-1", streamIndex: 2, codec: "subrip" }],
  });
  expect(text["t0-1"]).toMatchObject({ first: 0, end: 120 });
  const copy = plannedFiles({ kind: "passthrough", key: "source-1", grid, streamIndex: 0, bytes: 1_000_000 });
  expect(copy["source-1"]?.bytes).toBeLessThan(10_000_000);
  const storyboard = plannedFiles({
    ...{ kind: "storyboard", key: "storyboard-1", from: "v240p-1", grid, intervalFrames: 600 },
    tiles: { columns: 5, rows: 5, width: 160, height: 90 },
  });
  expect(storyboard["storyboard-1"]).toMatchObject({ first: 0, end: 12 });
  const audio = plannedFiles({
    ...{
      kind: "audio",
      key: "a0-1",
      codec: "aac",
      bitrateKbps: 128,
      channels: 2,
      slices: ["a0-1/00000.flac"],
    },
    loudness: { targetLufs: -23, ceilingDbtp: -2, maxGainDb: 20, maxLimitingDb: 6 },
    ...{ samples: 7200 * 48_000, segmentFrames: 150, frameRate: { num: 25, den: 1 } },
  });
  expect(audio["a0-1"]?.end).toBe(1201);
  expect(plannedFiles({ kind: "inspect", bytes: 5 })).toEqual({});
});

test("a slice may be as large as its samples", () => {
  const slice = {
    key: "a0-1/00000.flac",
    streamIndex: 1,
    channels: 2,
    firstSample: 48_000,
    endSample: 96_000,
  };
  expect(sliceBytes(slice)).toBeGreaterThan(48_000 * 4);
  expect(sliceBytes(slice)).toBeLessThan(48_000 * 4 * 2 + 1024 * 1024);
});
