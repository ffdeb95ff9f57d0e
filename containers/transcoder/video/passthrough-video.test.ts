/** A source's own pictures as a rendition: exactly the source's frames on the grid, or a reason why not. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { RenditionReport, TaskEvent } from "../../../protocol/report.ts";
import { makeFilm, testPicture } from "../../../test/support/transcoder/make-film.ts";
import { type StorageServer, startStorage } from "../../../test/support/transcoder/storage-server.ts";
import { decodeRendition, inspectSource, runSpec } from "../../../test/support/transcoder/transcode-film.ts";
import { makePlan } from "../../../workers/pipeline/plan/make-plan.ts";

const fleet = { slots: 1, processors: 2, earlyPublishAfterSeconds: 0, chunkSegments: 8 };
const h264 = ["-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast"];

interface PassedThrough {
  storage: StorageServer;
  event: TaskEvent | null;
  reason: string;
  frames: number;
}

/** Plans the film, and runs its passthrough task where it has one. */
async function passThrough(file: string): Promise<PassedThrough> {
  const storage = await startStorage(file);
  onTestFinished(() => storage.close());
  const inspected = await inspectSource(storage);
  if (inspected.type !== "done" || inspected.report.inspection === undefined)
    throw new Error(JSON.stringify(inspected));
  const { plan, tasks } = await makePlan(inspected.report.inspection, { etag: "e", language: null }, fleet);
  const spec = tasks.find(({ kind }) => kind === "passthrough")?.spec;
  const event = spec === undefined ? null : await runSpec(storage, spec);
  return { storage, event, reason: plan.passthrough.reason, frames: plan.grid.frames };
}

function reportOf({ event, reason }: PassedThrough): RenditionReport {
  const report = event?.type === "done" ? event.report.renditions[0] : undefined;
  if (report === undefined) throw new Error(`${JSON.stringify(event)} ${reason}`);
  return report;
}

/** A film's decoded pictures, as digests in the order in which they are shown. */
function pictures(args: string[]): string[] {
  const all = ["-v", "error", ...args, "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "framemd5", "-"];
  const lines = execFileSync("ffmpeg", all, { encoding: "utf8", maxBuffer: 1e8 }).split("\n");
  return lines.filter((line) => /^\d/.test(line)).map((line) => line.split(",").at(-1)?.trim() ?? "");
}

const goodFilms: Record<string, { file: () => string; longestSegment: number }> = {
  "MP4 with B-frames and 2 s GOPs": {
    file: () =>
      makeFilm("mp4", [...testPicture({ size: "640x360", seconds: 14 }), ...h264, "-g", "50", "-bf", "3"]),
    longestSegment: 6,
  },
  "MP4 with one key frame in ten seconds": {
    file: () =>
      makeFilm("mp4", [
        ...[...testPicture({ size: "640x360", seconds: 21 }), ...h264, "-g", "250", "-sc_threshold", "0"],
        ...["-bf", "2"],
      ]),
    longestSegment: 10,
  },
  "Matroska at 23.976 fps, whose times are rounded to milliseconds": {
    file: () =>
      makeFilm("mkv", [...testPicture({ rate: "24000/1001", seconds: 9 }), ...h264, "-g", "48", "-bf", "3"]),
    longestSegment: 6.1,
  },
  "a clock that starts late": {
    file: () =>
      makeFilm("mp4", [
        ...[...testPicture({ seconds: 8 }), ...h264, "-g", "40", "-bf", "2"],
        ...["-output_ts_offset", "3.7", "-movflags", "+negative_cts_offsets"],
      ]),
    longestSegment: 6,
  },
  "open GOPs, whose key frames are no places to cut": {
    file: () =>
      makeFilm("mp4", [
        ...[...testPicture({ seconds: 9 }), ...h264, "-g", "30", "-bf", "2", "-x264-params", "open-gop=1"],
      ]),
    longestSegment: 10,
  },
};

test.for(Object.entries(goodFilms))("%s: every picture of the source, on the grid", async ([, film]) => {
  const source = film.file();
  const passed = await passThrough(source);
  const report = reportOf(passed);
  const { frames, errors, pts } = decodeRendition(passed.storage, [report]);
  expect(errors).toBe("");
  expect(frames).toBe(passed.frames);
  const tick = (pts[1] ?? 0) - (pts[0] ?? 0);
  expect(pts).toEqual(Array.from({ length: frames }, (_, n) => n * tick));
  let end = 0;
  for (const segment of report.segments) {
    expect(segment.start).toBe(end);
    end += segment.duration;
    expect(segment.iframes.reduce((sum, { duration }) => sum + duration, 0)).toBe(segment.duration);
    expect(segment.duration / report.timescale).toBeLessThanOrEqual(film.longestSegment);
  }
  expect(end).toBe(passed.frames * tick);
  expect(report.codecs).toMatch(/^avc1\./);
  const stored = ["init.mp4", ...report.segments.map(({ file }) => file)].map(
    (file) => passed.storage.objects.get(`/media/${report.key}/${file}`) ?? Buffer.alloc(0),
  );
  expect(pictures(["-i", joinedFile(stored)])).toEqual(pictures(["-i", source]));
});

const unevenTimes = "setpts='if(lt(N,60),N,N+mod(N,3))/25/TB'";
const refused: Record<string, { file: () => string; reason: RegExp }> = {
  "one key frame in twenty seconds": {
    file: () =>
      makeFilm("mp4", [...testPicture({ seconds: 21 }), ...h264, "-g", "999", "-sc_threshold", "0"]),
    reason: /between its key frames/,
  },
  "an uneven rate": {
    file: () =>
      makeFilm("mp4", [
        ...[...testPicture({ seconds: 8 }), "-vf", unevenTimes, "-fps_mode", "vfr", ...h264, "-g", "25"],
      ]),
    reason: /even rate|room for/,
  },
  "another picture size half-way": {
    file: () => joinedAnnexB(["320x180", "640x360"]),
    reason: /settings change|room for|even rate/,
  },
  "a beginning that its edit list hides": {
    file: () => {
      const whole = makeFilm("mp4", [...testPicture({ seconds: 12 }), ...h264, "-g", "50", "-bf", "2"]);
      return makeFilm("mp4", ["-ss", "3.2", "-i", whole, "-c", "copy"]);
    },
    reason: /even rate|room for|whole picture/,
  },
};

test.for(Object.entries(refused))("%s: encoded only, with the reason", async ([, film]) => {
  const { event, reason } = await passThrough(film.file());
  if (event === null) return expect(reason).toMatch(film.reason);
  expect(event).toMatchObject({
    type: "failed",
    failure: { code: "no_passthrough", retryable: false, detail: expect.stringMatching(film.reason) },
  });
});

function joinedFile(parts: Buffer[]): string {
  const folder = mkdtempSync(path.join(tmpdir(), "marquee-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, "copy.mp4");
  writeFileSync(file, Buffer.concat(parts));
  return file;
}

/** Two encodes, one after the other in one H.264 stream with its parameter sets in it, as MP4. */
function joinedAnnexB(sizes: string[]): string {
  const streams = sizes.map((size) =>
    makeFilm("264", [...testPicture({ size, seconds: 4, audio: false }), ...h264, "-g", "25"]),
  );
  return makeFilm("mp4", ["-r", "25", "-i", `concat:${streams.join("|")}`, "-c", "copy"]);
}
