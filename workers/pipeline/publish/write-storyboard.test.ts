import { expect, test } from "vitest";
import { anInspection } from "../../../test/support/inspection.ts";
import { readPlaylist } from "../../hls/read-playlist.ts";
import { makePlan } from "../plan/make-plan.ts";
import { stages } from "../plan/stages.ts";
import type { Ledger } from "../storage/ledger.ts";
import { writeImagePlaylist, writeStoryboard } from "./write-storyboard.ts";

const fleet = { slots: 1, processors: 2, earlyPublishAfterSeconds: 60, chunkSegments: 8 };
const tiles = { columns: 2, rows: 2, width: 160, height: 90, intervalTicks: 60_060 };
const sheet = { bytes: 1, md5: "m", sha256: "s", iframes: [] };

/** Six thumbnails of 2.002 s, the last one of one second, on two sheets. */
const ledger: Ledger = {
  ...{ key: "storyboard-1", codecs: "jpeg", timescale: 30_000, init: null, tiles },
  segments: [
    { ...sheet, file: "sprite-00000.jpg", start: 0, duration: 240_240, frames: 4 },
    { ...sheet, file: "sprite-00001.jpg", start: 240_240, duration: 90_060, frames: 2 },
  ],
};

test("a cue for each thumbnail, without gap, until the film's end", () => {
  expect(writeStoryboard(ledger, tiles)).toBe(`WEBVTT

00:00:00.000 --> 00:00:02.002
sprite-00000.jpg#xywh=0,0,160,90

00:00:02.002 --> 00:00:04.004
sprite-00000.jpg#xywh=160,0,160,90

00:00:04.004 --> 00:00:06.006
sprite-00000.jpg#xywh=0,90,160,90

00:00:06.006 --> 00:00:08.008
sprite-00000.jpg#xywh=160,90,160,90

00:00:08.008 --> 00:00:10.010
sprite-00001.jpg#xywh=0,0,160,90

00:00:10.010 --> 00:00:11.010
sprite-00001.jpg#xywh=160,0,160,90
`);
});

test("the image playlist says how its sheets are cut, and reads as a playlist", () => {
  const text = writeImagePlaylist(ledger, tiles);
  expect(text).toContain("#EXT-X-IMAGES-ONLY\n#EXTINF:8.008000,\n");
  expect(text).toContain("#EXT-X-TILES:RESOLUTION=160x90,LAYOUT=2x2,DURATION=2.002000\nsprite-00000.jpg\n");
  expect(readPlaylist(text)).toMatchObject({
    ...{ targetDuration: 8, endList: true },
    segments: [{ uri: "sprite-00000.jpg" }, { uri: "sprite-00001.jpg" }],
  });
});

test.each([
  [30, 1, 15],
  [600, 1, 300],
  [601, 2, 151],
  [7200, 12, 300],
])("a film of %d s has a thumbnail every %d GOPs", async (seconds, gops, thumbnails) => {
  const { plan, tasks } = await makePlan(anInspection(seconds), { etag: "e", language: null }, fleet);
  const { grid, storyboard } = plan;
  expect(storyboard?.intervalFrames).toBe(gops * grid.gopFrames);
  expect(Math.ceil(grid.frames / (gops * grid.gopFrames))).toBe(thumbnails);
  const task = tasks.find(({ kind }) => kind === "storyboard");
  expect(task).toMatchObject({ stage: stages.rest, needs: stages.first });
  // It is made of a rendition that is there by then.
  const made = tasks.flatMap(({ spec, stage }) =>
    spec.kind === "video" && stage === stages.first ? spec.rungs.map(({ key }) => key) : [],
  );
  expect(made).toContain(storyboard?.from);
});
