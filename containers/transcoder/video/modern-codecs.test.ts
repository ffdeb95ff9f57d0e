/** HEVC and AV1 rungs: the same timeline as H.264's, cut into chunks, with codec strings that players understand. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Grid } from "../../../protocol/grid.ts";
import type { RenditionReport } from "../../../protocol/report.ts";
import type { Rung, VideoTask } from "../../../protocol/task.ts";
import { makeFilm, testPicture } from "../../../test/support/transcoder/make-film.ts";
import { type StorageServer, startStorage } from "../../../test/support/transcoder/storage-server.ts";
import { runTask } from "../run-task.ts";

const grid: Grid = {
  frameRate: { num: 25, den: 1 },
  ...{ timescale: 10_000, frameTicks: 400, frames: 200, gopFrames: 50, segmentFrames: 100 },
  ...{ originSeconds: 0, containerStartSeconds: 0 },
};

function aRung(codec: Rung["codec"]): Rung {
  return { key: `v-${codec}`, codec, width: 320, height: 180, crf: 30, maxrateKbps: 500, level: "2.1" };
}

let storage: StorageServer;
beforeAll(async () => {
  storage = await startStorage(
    makeFilm("mp4", [...testPicture({ seconds: 8, audio: false }), "-pix_fmt", "yuv420p"]),
  );
});
afterAll(() => storage.close());

async function encode(firstFrame: number, endFrame: number, rungs: Rung[]): Promise<RenditionReport[]> {
  const spec: VideoTask = {
    ...{ kind: "video", grid, streamIndex: 0, firstFrame, endFrame, tailFrames: 0, rungs },
    filters: { deinterlace: false, toneMap: false },
  };
  const { signal } = new AbortController();
  const event = await runTask(spec, storage.url, { signal, onProgress: () => undefined });
  if (event.type !== "done") throw new Error(JSON.stringify(event));
  return event.report.renditions;
}

const codecs = {
  h264: /^avc1\.64[0-9a-f]{4}$/,
  hevc: /^hvc1\.1\.6\.L\d+\.[0-9A-F.]+$/,
  av1: /^av01\.0\.\d\dM\.08$/,
};

test("two chunks of each codec have one init segment and one timeline, with a key frame every two seconds", async () => {
  const rungs = [aRung("h264"), aRung("hevc"), aRung("av1")];
  const first = await encode(0, 100, rungs);
  const second = await encode(100, 200, rungs);
  for (const [n, rung] of rungs.entries()) {
    const chunks = [first[n], second[n]];
    expect(chunks.map((chunk) => chunk?.key)).toEqual([rung.key, rung.key]);
    expect(new Set(chunks.map((chunk) => chunk?.init?.sha256)).size).toBe(1);
    expect(chunks[0]?.codecs).toMatch(codecs[rung.codec]);
    expect(
      chunks.flatMap((chunk) =>
        chunk?.segments.map(({ file, start, duration, frames, iframes }) => [
          file,
          start,
          duration,
          frames,
          iframes.length,
        ]),
      ),
    ).toEqual([
      ["seg-00000.m4s", 0, 40_000, 100, 2],
      ["seg-00001.m4s", 40_000, 40_000, 100, 2],
    ]);
  }
});

test("the same chunk gives the same bytes again, whatever the codec", async () => {
  const rungs = [aRung("h264"), aRung("hevc"), aRung("av1")];
  const digests = (reports: RenditionReport[]): unknown =>
    reports.map(({ segments }) => segments.map(({ sha256 }) => sha256));
  expect(digests(await encode(100, 200, rungs))).toEqual(digests(await encode(100, 200, rungs)));
});
