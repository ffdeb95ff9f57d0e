/** The transcoder on real FFmpeg, real HTTP and odd films: planned by the pipeline's own planner. */
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import type { RenditionReport } from "../../../protocol/report.ts";
import type { TaskSpec } from "../../../protocol/task.ts";
import { makeFilm, testPicture } from "../../../test/support/transcoder/make-film.ts";
import type { StorageServer } from "../../../test/support/transcoder/storage-server.ts";
import {
  decodeRendition as decode,
  transcodeFilm as transcode,
  renditionReports as videoReports,
} from "../../../test/support/transcoder/transcode-film.ts";
import { brokenRules } from "../../../tools/conformance/testing/broken-rules.ts";
import type { Plan } from "../../../workers/pipeline/plan/plan.ts";
import type { PlannedTask } from "../../../workers/pipeline/plan/plan-tasks.ts";

/** More than any tool needs for any of them, bytes. */
const mostMemory = 2_500_000_000;

const films: Record<
  string,
  { file: () => string; frames: number; rate: [number, number]; sizes: string[]; audio: number }
> = {
  "MP4, 25 fps, 1280 × 720": {
    file: () =>
      makeFilm("mp4", [...testPicture({ size: "1280x720", seconds: 7 }), "-g", "250", "-pix_fmt", "yuv420p"]),
    frames: 175,
    rate: [25, 1],
    sizes: ["1280x720", "854x480", "640x360", "426x240"],
    audio: 1,
  },
  "NTSC film in Matroska, 23.976 fps": {
    file: () => makeFilm("mkv", [...testPicture({ rate: "24000/1001", seconds: 5 }), "-pix_fmt", "yuv420p"]),
    frames: 120,
    rate: [24000, 1001],
    sizes: ["320x180"],
    audio: 1,
  },
  "MPEG-TS, 29.97 fps": {
    file: () =>
      makeFilm("ts", [
        ...testPicture({ rate: "30000/1001", seconds: 5 }),
        "-pix_fmt",
        "yuv420p",
        "-g",
        "120",
      ]),
    frames: 150,
    rate: [30000, 1001],
    sizes: ["320x180"],
    audio: 1,
  },
  "MPEG-TS with AAC, as cameras and recorders make it": {
    file: () =>
      makeFilm("ts", [
        ...testPicture({ rate: "25", seconds: 5 }),
        ...["-pix_fmt", "yuv420p", "-g", "100", "-c:a", "aac"],
      ]),
    frames: 125,
    rate: [25, 1],
    sizes: ["320x180"],
    audio: 1,
  },
  "portrait phone clip, turned by a display matrix, no audio": {
    file: () => {
      const flat = makeFilm("mp4", [
        ...testPicture({ size: "640x360", seconds: 3, audio: false }),
        "-pix_fmt",
        "yuv420p",
      ]);
      return makeFilm("mp4", ["-i", flat, "-metadata:s:v:0", "rotate=90", "-c", "copy"]);
    },
    frames: 75,
    rate: [25, 1],
    sizes: ["360x640", "240x426"],
    audio: 0,
  },
  "AVI, Motion JPEG and PCM": {
    file: () => makeFilm("avi", [...testPicture({ seconds: 4 }), "-c:v", "mjpeg", "-c:a", "pcm_s16le"]),
    frames: 100,
    rate: [25, 1],
    sizes: ["320x180"],
    audio: 1,
  },
  "MPEG-PS, MPEG-2 and MP2": {
    file: () =>
      makeFilm("mpg", [...testPicture({ seconds: 4 }), "-c:v", "mpeg2video", "-c:a", "mp2", "-f", "vob"]),
    frames: 100,
    rate: [25, 1],
    sizes: ["320x180"],
    audio: 1,
  },
  FLV: {
    file: () =>
      makeFilm("flv", [
        ...testPicture({ seconds: 4 }),
        "-c:v",
        "libx264",
        "-pix_fmt",
        "yuv420p",
        "-c:a",
        "aac",
      ]),
    frames: 100,
    rate: [25, 1],
    sizes: ["320x180"],
    audio: 1,
  },
  "QuickTime, ProRes 4:2:2 10-bit, PCM and a timecode track": {
    file: () =>
      makeFilm("mov", [
        ...testPicture({ rate: "24", seconds: 3 }),
        ...["-c:v", "prores_ks", "-pix_fmt", "yuv422p10le", "-c:a", "pcm_s16le", "-timecode", "01:00:00:00"],
      ]),
    frames: 72,
    rate: [24, 1],
    sizes: ["320x180"],
    audio: 1,
  },
  "WebM, VP9 with alpha and Opus": {
    file: () =>
      makeFilm("webm", [
        ...testPicture({ seconds: 2 }),
        "-c:v",
        "libvpx-vp9",
        "-pix_fmt",
        "yuva420p",
        "-deadline",
        "realtime",
      ]),
    frames: 50,
    rate: [25, 1],
    sizes: ["320x180"],
    audio: 1,
  },
  "interlaced MPEG-2, a frame per field": {
    file: () =>
      makeFilm("mkv", [
        ...testPicture({ size: "720x576", rate: "50", seconds: 3 }),
        ...[
          "-vf",
          "interlace",
          "-c:v",
          "mpeg2video",
          "-b:v",
          "4M",
          "-flags",
          "+ilme+ildct",
          "-aspect",
          "16:9",
        ],
      ]),
    frames: 150,
    rate: [50, 1],
    sizes: ["1024x576", "854x480", "640x360", "426x240"],
    audio: 1,
  },
  "HDR10 (PQ), 10-bit HEVC": {
    file: () =>
      makeFilm("mp4", [
        ...testPicture({ seconds: 2 }),
        ...[
          "-c:v",
          "libx265",
          "-preset",
          "ultrafast",
          "-x265-params",
          "log-level=error",
          "-pix_fmt",
          "yuv420p10le",
        ],
        ...[
          "-color_primaries",
          "bt2020",
          "-color_trc",
          "smpte2084",
          "-colorspace",
          "bt2020nc",
          "-tag:v",
          "hvc1",
        ],
      ]),
    frames: 50,
    rate: [25, 1],
    sizes: ["320x180"],
    audio: 1,
  },
  "60 fps phone clip whose timestamps start at 3.2 s": {
    file: () =>
      makeFilm("mkv", [
        ...testPicture({ rate: "60", seconds: 3 }),
        "-pix_fmt",
        "yuv420p",
        "-output_ts_offset",
        "3.2",
      ]),
    frames: 180,
    rate: [60, 1],
    sizes: ["320x180"],
    audio: 1,
  },
  "5.1 and mono in two languages, cover art": {
    file: () => {
      const cover = makeFilm("png", ["-f", "lavfi", "-i", "color=red:size=100x100", "-frames:v", "1"]);
      return makeFilm("mp4", [
        ...testPicture({ seconds: 3 }),
        ...["-f", "lavfi", "-i", "sine=frequency=200:duration=3", "-i", cover, "-pix_fmt:v:0", "yuv420p"],
        ...[
          "-map",
          "0:v",
          "-map",
          "1:a",
          "-map",
          "2:a",
          "-map",
          "3:v",
          "-c:v:1",
          "copy",
          "-disposition:v:1",
          "attached_pic",
        ],
        ...["-ac:a:0", "6", "-ac:a:1", "1", "-ar:a:1", "22050"],
        ...["-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=deu"],
      ]);
    },
    frames: 75,
    rate: [25, 1],
    sizes: ["320x180"],
    audio: 3,
  },
  "sound that ends before the picture": {
    file: () =>
      makeFilm("mp4", [
        ...testPicture({ seconds: 6, audio: false }),
        ...["-f", "lavfi", "-i", "sine=duration=2", "-pix_fmt", "yuv420p"],
      ]),
    frames: 150,
    rate: [25, 1],
    sizes: ["320x180"],
    audio: 1,
  },
  "variable frame rate: 30 fps with frames missing": {
    file: () =>
      makeFilm("mkv", [
        ...testPicture({ rate: "30", seconds: 6 }),
        ...["-vf", "select=not(eq(mod(n\\,7)\\,3))", "-fps_mode", "vfr", "-pix_fmt", "yuv420p"],
      ]),
    frames: 180,
    rate: [30, 1],
    sizes: ["320x180"],
    audio: 1,
  },
  "one frame, odd size": {
    file: () =>
      makeFilm("mkv", [...testPicture({ size: "319x241", seconds: 0.04, audio: false }), "-c:v", "ffv1"]),
    frames: 1,
    rate: [25, 1],
    sizes: ["318x240"],
    audio: 0,
  },
};

for (const [name, { file, frames, rate, sizes, audio }] of Object.entries(films)) {
  test(`${name}: every rendition has every frame, on the grid`, async () => {
    const film = await transcode(file());
    const { storage, plan, reports } = film;
    try {
      expect([plan.grid.frameRate.num, plan.grid.frameRate.den, plan.grid.frames]).toEqual([...rate, frames]);
      expect(plan.video.map(({ width, height }) => `${width}x${height}`)).toEqual(sizes);
      for (const rung of plan.video) {
        const decoded = decode(storage, videoReports(reports, rung.key));
        expect(decoded.errors).toBe("");
        expect(decoded.pts).toEqual(Array.from({ length: frames }, (_, n) => n * plan.grid.frameTicks));
      }
      expect(plan.audio).toHaveLength(audio);
      for (const track of plan.audio) {
        const [report] = videoReports(reports, track.key);
        expect(report?.segments.reduce((sum, segment) => sum + segment.duration, 0)).toBe(track.samples);
        expect(report?.codecs).toBe("mp4a.40.2");
        expect(decode(storage, report ? [report] : []).errors).toBe("");
      }
      expect(reports.flatMap(({ images }) => images.map((image) => image.file))).toEqual([
        "poster-1280.jpg",
        "poster-640.jpg",
      ]);
      expect(await brokenRules(film)).toEqual([]);
      expect(Math.max(...reports.map(({ usage }) => usage.peakBytes))).toBeLessThan(mostMemory);
    } finally {
      await storage.close();
    }
  });
}

/** Splits a plan's only chunk into chunks of one segment each, as a longer film would have. */
function splitChunks(tasks: PlannedTask[], plan: Plan): TaskSpec[] {
  const whole = tasks.find(({ kind }) => kind === "video")?.spec;
  if (whole?.kind !== "video") throw new Error("no video task");
  const { segmentFrames, frames, frameRate } = plan.grid;
  const sampleAt = (frame: number): number => Math.round((frame * frameRate.den * 48_000) / frameRate.num);
  const ranges = Array.from({ length: Math.ceil(frames / segmentFrames) }, (_, n) => {
    const firstFrame = n * segmentFrames;
    return { firstFrame, endFrame: Math.min(frames, firstFrame + segmentFrames) };
  });
  const chunks = ranges.map((range) => ({
    ...{ ...whole, ...range },
    tailFrames: range.endFrame === frames ? whole.tailFrames : 0,
  }));
  const sound = tasks.flatMap(({ spec }) =>
    spec.kind !== "audio-slices"
      ? []
      : ranges.map((range, n) => ({
          ...{ ...spec, ...range },
          slices: spec.slices.map((slice) => ({
            ...slice,
            key: slice.key.replace("00000", `0000${n}`),
            firstSample: sampleAt(range.firstFrame),
            endSample: sampleAt(range.endFrame),
          })),
        })),
  );
  const audio = tasks.flatMap(({ spec }) =>
    spec.kind === "audio" ? [{ ...spec, slices: ranges.map((_, n) => `${spec.key}/0000${n}.flac`) }] : [],
  );
  return [...chunks, ...sound, ...audio];
}

/** Delay of one encode's sound behind that of another, samples at 48 kHz, by their cross-correlation. */
function soundLag(one: Float32Array, other: Float32Array): number {
  const lags = Array.from({ length: 401 }, (_, n) => n - 200);
  const at = 48_000;
  const score = (lag: number): number => {
    let sum = 0;
    for (let n = at; n < at + 24_000; n++) sum += (one[n] ?? 0) * (other[n + lag] ?? 0);
    return sum;
  };
  return lags.reduce((best, lag) => (score(lag) > score(best) ? lag : best), 0);
}

function decodeSound(storage: StorageServer, report: RenditionReport | undefined): Float32Array {
  const parts = ["init.mp4", ...(report?.segments.map(({ file }) => file) ?? [])];
  const bytes = Buffer.concat(
    parts.map((part) => storage.objects.get(`/media/${report?.key}/${part}`) ?? Buffer.alloc(0)),
  );
  const args = ["-v", "error", "-i", "pipe:0", "-ac", "1", "-f", "f32le", "pipe:1"];
  const pcm = execFileSync("ffmpeg", args, { input: bytes, maxBuffer: 1e8 });
  return new Float32Array(pcm.buffer.slice(pcm.byteOffset, pcm.byteOffset + pcm.byteLength));
}

/** Noise, whose lag can be told, instead of a tone. */
const noisyPicture = (options: { rate: string; seconds: number }): string[] => [
  ...testPicture({ ...options, audio: false }),
  ...["-f", "lavfi", "-i", `anoisesrc=seed=1:sample_rate=48000:duration=${options.seconds}`],
];

const chunked: Record<string, { ending: string; args: string[] }> = {
  mp4: { ending: "mp4", args: ["-g", "300", "-bf", "2"] },
  mkv: { ending: "mkv", args: ["-g", "300"] },
  ts: { ending: "ts", args: ["-g", "100"] },
  "variable frame rate": {
    ending: "mp4",
    args: [
      ...["-vf", "setpts='if(lt(mod(N,90),45),N,N+0.4*mod(N,3))*1001/30000/TB'", "-fps_mode", "vfr"],
      ...["-g", "120", "-bf", "2", "-video_track_timescale", "90000"],
    ],
  },
};

/** Chunks may differ from a single pass by what x264's rate control remembers, and no more. */
const byteSlack = 0.015;

for (const [name, { ending, args }] of Object.entries(chunked)) {
  test(`${name}: chunks are the same film as a single pass`, async () => {
    const film = makeFilm(ending, [
      ...noisyPicture({ rate: "30000/1001", seconds: 20 }),
      ...["-c:v", "libx264", "-pix_fmt", "yuv420p", ...args],
    ]);
    const single = await transcode(film);
    const pieces = await transcode(film, splitChunks);
    try {
      for (const rung of single.plan.video) {
        const one = videoReports(single.reports, rung.key);
        const many = videoReports(pieces.reports, rung.key);
        expect(many.length).toBe(4);
        expect(new Set([...one, ...many].map(({ init }) => init?.sha256)).size).toBe(1);
        const timeline = (reports: RenditionReport[]): unknown =>
          reports.flatMap(({ segments }) =>
            segments.map(({ file, start, duration, frames }) => [file, start, duration, frames]),
          );
        expect(timeline(many)).toEqual(timeline(one));
        expect(decode(pieces.storage, many)).toEqual(decode(single.storage, one));
        const bytes = (reports: RenditionReport[]): number =>
          reports.flatMap(({ segments }) => segments).reduce((sum, segment) => sum + segment.bytes, 0);
        expect(Math.abs(bytes(many) / bytes(one) - 1)).toBeLessThanOrEqual(byteSlack);
      }
      const [audioOne] = videoReports(single.reports, single.plan.audio[0]?.key ?? "");
      const [audioMany] = videoReports(pieces.reports, pieces.plan.audio[0]?.key ?? "");
      expect(audioMany?.segments.map(({ start, duration }) => [start, duration])).toEqual(
        audioOne?.segments.map(({ start, duration }) => [start, duration]),
      );
      expect(soundLag(decodeSound(single.storage, audioOne), decodeSound(pieces.storage, audioMany))).toBe(0);
    } finally {
      await single.storage.close();
      await pieces.storage.close();
    }
  });
}
