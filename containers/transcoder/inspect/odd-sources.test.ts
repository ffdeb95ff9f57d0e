/** Sources that are odd but right: each ends in full renditions with the right number of frames. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { boxPatch, keepFile, patchFilm } from "../../../test/support/transcoder/break-film.ts";
import { makeFilm, testPicture } from "../../../test/support/transcoder/make-film.ts";
import {
  decodeRendition,
  renditionReports,
  transcodeFilm,
} from "../../../test/support/transcoder/transcode-film.ts";
import { brokenRules } from "../../../tools/conformance/testing/broken-rules.ts";

/** More than any tool needs for any of them, bytes. */
const mostMemory = 2_500_000_000;

const h264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"];

interface OddSource {
  make: () => string;
  frames: number;
  rate: [number, number];
  size: string;
  audio: number;
}

const usual = { frames: 75, rate: [25, 1] as [number, number], size: "320x180", audio: 1 };

const sources: Record<string, OddSource> = {
  "10-bit 4:2:0 H.264": {
    ...usual,
    make: () => makeFilm("mp4", [...testPicture({ seconds: 3 }), ...h264, "-pix_fmt", "yuv420p10le"]),
  },
  "alpha in QuickTime (ProRes 4444)": {
    ...usual,
    make: () =>
      makeFilm("mov", [...testPicture({ seconds: 3 }), "-c:v", "prores_ks", "-pix_fmt", "yuva444p10le"]),
  },
  "4:4:4, 319 × 241": {
    ...usual,
    size: "318x240",
    make: () =>
      makeFilm("mp4", [...testPicture({ size: "319x241", seconds: 3 }), ...h264, "-pix_fmt", "yuv444p"]),
  },
  "16 × 16": {
    ...usual,
    size: "16x16",
    make: () => makeFilm("mp4", [...testPicture({ size: "16x16", seconds: 3 }), ...h264]),
  },
  "one frame of H.264 with a second of sound": {
    ...usual,
    frames: 1,
    make: () => makeFilm("mp4", [...testPicture({ seconds: 1 }), ...h264, "-vf", "trim=end_frame=1"]),
  },
  "fragmented MP4": {
    ...usual,
    make: () =>
      makeFilm("mp4", [
        ...testPicture({ seconds: 3 }),
        ...h264,
        ...["-g", "25", "-movflags", "+cmaf+frag_keyframe"],
      ]),
  },
  "turned by 180°": {
    ...usual,
    make: () => {
      const flat = makeFilm("mp4", [...testPicture({ seconds: 3 }), ...h264]);
      return makeFilm("mp4", ["-i", flat, "-metadata:s:v:0", "rotate=180", "-c", "copy"]);
    },
  },
  "5.1 AC-3 in MPEG-TS": {
    ...usual,
    audio: 2, // stereo, and 5.1 beside it
    make: () => makeFilm("ts", [...testPicture({ seconds: 3 }), ...h264, "-c:a", "ac3", "-ac", "6"]),
  },
  "1000 fps": {
    ...usual,
    frames: 59,
    rate: [1000, 17],
    make: () => makeFilm("mkv", [...testPicture({ rate: "1000", seconds: 1 }), ...h264]),
  },
  "interlaced H.264 in MPEG-TS": {
    ...usual,
    frames: 150,
    rate: [50, 1],
    make: () =>
      makeFilm("ts", [
        ...testPicture({ rate: "50", size: "320x240", seconds: 3 }),
        ...["-vf", "interlace", ...h264, "-x264-params", "tff=1", "-flags", "+ilme+ildct"],
      ]),
    size: "320x240",
  },
  "MP4 whose header says 0 s": {
    ...usual,
    make: () =>
      patchFilm("mp4", makeFilm("mp4", [...testPicture({ seconds: 3 }), ...h264]), (film) => {
        for (const path of ["moov/mvhd", "moov/trak/tkhd", "moov/trak/mdia/mdhd"]) {
          boxPatch(film, path, (view, box) =>
            view.setUint32(box.content + (path.endsWith("tkhd") ? 20 : 16), 0),
          );
        }
      }),
  },
  "Matroska of unknown length, as a live recording is": {
    ...usual,
    make: () => makeFilm("mkv", [...testPicture({ seconds: 3 }), ...h264, "-live", "1", "-f", "matroska"]),
  },
  "two video streams and cover art": {
    ...usual,
    make: () => {
      const cover = makeFilm("png", ["-f", "lavfi", "-i", "color=red:size=100x100", "-frames:v", "1"]);
      return makeFilm("mp4", [
        ...["-i", cover, ...testPicture({ seconds: 3 })],
        ...["-f", "lavfi", "-i", "testsrc=size=160x120:rate=10:duration=3"],
        ...["-map", "0:v", "-map", "1:v", "-map", "3:v", "-map", "2:a"],
        ...[...h264, "-c:v:0", "copy", "-disposition:v:0", "attached_pic"],
      ]);
    },
  },
  "first PTS of 12 s in MP4": {
    ...usual,
    make: () => makeFilm("mp4", [...testPicture({ seconds: 3 }), ...h264, "-output_ts_offset", "12"]),
  },
  "negative first PTS: an edit list that hides the frames before the cut": {
    ...usual,
    frames: 62,
    make: () => {
      const whole = makeFilm("mp4", [...testPicture({ seconds: 3 }), ...h264, "-g", "250"]);
      return makeFilm("mp4", ["-ss", "0.52", "-i", whole, "-c", "copy"]);
    },
  },
  "an edit list that begins with an empty edit": {
    ...usual,
    make: () => {
      const picture = makeFilm("mp4", [...testPicture({ seconds: 3, audio: false }), ...h264]);
      return makeFilm("mp4", [
        ...["-itsoffset", "0.8", "-i", picture, "-f", "lavfi", "-i", "sine=duration=3.8"],
        ...["-map", "0:v", "-map", "1:a", "-c:v", "copy"],
      ]);
    },
  },
  "MPEG-TS cut out of the middle of open GOPs with B-frames": {
    ...usual,
    frames: 50,
    make: () => {
      const params = ["-x264-params", "open-gop=1:bframes=3:b-adapt=0:keyint=25:min-keyint=25:scenecut=0"];
      const whole = makeFilm("ts", [
        ...testPicture({ seconds: 4 }),
        ...["-c:v", "libx264", "-pix_fmt", "yuv420p", ...params],
      ]);
      return patchFilm("ts", whole, (film) => film.subarray(188 * Math.floor(film.byteLength / 188 / 3)));
    },
  },
  "variable rate from 1 to 120 fps": {
    ...usual,
    frames: 179, // the last of 4 slots of 1/120 s is as long as its own slot
    rate: [60, 1],
    make: () =>
      makeFilm("mkv", [
        ...testPicture({ rate: "120", seconds: 3 }),
        ...["-vf", "select=lt(n\\,120)*not(mod(n\\,120))+between(n\\,120\\,239)+gt(n\\,239)*not(mod(n\\,4))"],
        ...["-fps_mode", "vfr", ...h264],
      ]),
  },
  "a size that changes in mid-stream": {
    ...usual,
    make: () => {
      const part = (size: string, seconds: number, from: number) =>
        makeFilm("ts", [
          ...testPicture({ size, seconds }),
          ...[...h264, "-output_ts_offset", String(from), "-muxdelay", "0"],
        ]);
      return patchFilm("ts", part("320x180", 2, 0), (film) =>
        Buffer.concat([film, readFileSync(part("640x360", 1, 2))]),
      );
    },
  },
  "two MPEG-TS recordings joined: the clock starts again, and goes on ten hours later": {
    ...usual,
    make: () => {
      const part = (seconds: number, from: number): Buffer =>
        readFileSync(
          makeFilm("ts", [
            ...testPicture({ seconds }),
            ...[...h264, "-output_ts_offset", String(from), "-muxdelay", "0"],
          ]),
        );
      return keepFile("ts", Buffer.concat([part(1, 100), part(1, 0), part(1, 36_000)]));
    },
  },
  "sound that becomes 5.1 in mid-stream": {
    ...usual,
    make: () => {
      const part = (channels: number, seconds: number, from: number): Buffer =>
        readFileSync(
          makeFilm("ts", [
            ...testPicture({ seconds }),
            ...[...h264, "-c:a", "ac3", "-ac", String(channels), "-output_ts_offset", String(from)],
            ...["-muxdelay", "0"],
          ]),
        );
      return keepFile("ts", Buffer.concat([part(2, 2, 0), part(6, 1, 2)]));
    },
  },
  "a second sound that FFmpeg can't decode": {
    ...usual,
    make: () => {
      const film = makeFilm("mp4", [
        ...testPicture({ seconds: 3 }),
        ...[...h264, "-map", "0:v", "-map", "1:a", "-map", "1:a", "-c:a:1", "libopus"],
      ]);
      return patchFilm("mp4", film, (bytes) => {
        bytes.write("mhm1", bytes.lastIndexOf("Opus"), "latin1");
        return undefined;
      });
    },
  },
  "AAC at 96 kHz": {
    ...usual,
    make: () => makeFilm("mp4", [...testPicture({ seconds: 3 }), ...h264, "-ar", "96000"]),
  },
  "mono AAC at 22.05 kHz": {
    ...usual,
    make: () => makeFilm("mp4", [...testPicture({ seconds: 3 }), ...h264, "-ar", "22050", "-ac", "1"]),
  },
  "8 audio tracks": {
    ...usual,
    audio: 8,
    make: () =>
      makeFilm("mp4", [
        ...testPicture({ seconds: 2 }),
        ...["-map", "0:v", ...Array.from({ length: 8 }, () => ["-map", "1:a"]).flat(), ...h264],
      ]),
    frames: 50,
  },
  "MP3 in MP4": {
    ...usual,
    make: () => makeFilm("mp4", [...testPicture({ seconds: 3 }), ...h264, "-c:a", "libmp3lame"]),
  },
  "DNxHR and 24-bit PCM in QuickTime": {
    ...usual,
    make: () =>
      makeFilm("mov", [
        ...testPicture({ seconds: 3 }),
        ...["-c:v", "dnxhd", "-profile:v", "dnxhr_lb", "-pix_fmt", "yuv422p", "-c:a", "pcm_s24be"],
      ]),
  },
  "WMV in ASF": {
    ...usual,
    make: () => makeFilm("wmv", [...testPicture({ seconds: 3 }), "-c:v", "wmv2", "-c:a", "wmav2"]),
  },
  "MPEG-TS whose 33-bit clock wraps": {
    ...usual,
    make: () =>
      makeFilm("ts", [...testPicture({ seconds: 3 }), ...h264, "-g", "25", "-output_ts_offset", "95442"]),
  },
  "an MP4 header that says 10 times the length": {
    ...usual,
    make: () =>
      patchFilm("mp4", makeFilm("mp4", [...testPicture({ seconds: 3 }), ...h264]), (film) => {
        for (const path of ["moov/mvhd", "moov/trak/tkhd", "moov/trak/mdia/mdhd"]) {
          boxPatch(film, path, (view, box) => {
            const at = box.content + (path.endsWith("tkhd") ? 20 : 16);
            view.setUint32(at, view.getUint32(at) * 10);
          });
        }
      }),
  },
  "a Matroska header that says a third of the length": {
    ...usual,
    make: () =>
      patchFilm("mkv", makeFilm("mkv", [...testPicture({ seconds: 3 }), ...h264]), (film) => {
        const duration = film.indexOf(Buffer.from([0x44, 0x89, 0x88]));
        film.writeDoubleBE(1000, duration + 3);
      }),
  },
};

for (const [name, { make, frames, rate, size, audio }] of Object.entries(sources)) {
  test(`${name}: every rendition has every frame`, async () => {
    const film = await transcodeFilm(make());
    const { storage, plan, reports } = film;
    try {
      expect([plan.grid.frameRate.num, plan.grid.frameRate.den, plan.grid.frames]).toEqual([...rate, frames]);
      expect(plan.video.map(({ width, height }) => `${width}x${height}`)[0]).toBe(size);
      for (const rung of plan.video) {
        const decoded = decodeRendition(storage, renditionReports(reports, rung.key));
        expect(decoded.errors).toBe("");
        expect(decoded.pts).toEqual(Array.from({ length: frames }, (_, n) => n * plan.grid.frameTicks));
      }
      expect(plan.audio).toHaveLength(audio);
      for (const track of plan.audio) {
        const [report] = renditionReports(reports, track.key);
        expect(report?.segments.reduce((sum, segment) => sum + segment.duration, 0)).toBe(track.samples);
      }
      expect(await brokenRules(film)).toEqual([]);
      expect(Math.max(...reports.map(({ usage }) => usage.peakBytes))).toBeLessThan(mostMemory);
    } finally {
      await storage.close();
    }
  });
}
