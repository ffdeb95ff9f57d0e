/** Sound: brought to one loudness without losing a sample or its dynamics, and in 5.1 where the source has it. */
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { LoudnessReport } from "../../../protocol/report.ts";
import { makeFilm } from "../../../test/support/transcoder/make-film.ts";
import {
  renditionReports,
  type TranscodedFilm,
  transcodeFilm,
} from "../../../test/support/transcoder/transcode-film.ts";
import { decideGain } from "./decide-gain.ts";

const aim = { targetLufs: -23, ceilingDbtp: -2, maxGainDb: 20, maxLimitingDb: 6 };

test.each([
  ["as it should be", -23, -6, 0, false],
  ["quiet, with room above", -30, -12, 7, false],
  ["loud", -10, -0.1, -13, false],
  ["quiet, with peaks: limited", -30, -4, 7, true],
  ["very dynamic: the limiter takes no more than 6 dB", -35, -1, 5, true],
  ["almost silent: not more than 20 dB", -60, -50, 20, false],
])("%s", (_, integratedLufs, truePeakDbtp, gainDb, isLimited) => {
  expect(decideGain({ integratedLufs, truePeakDbtp }, aim)).toEqual({ gainDb, isLimited });
});

test("whatever a track measures: never above the target or the limits, and limited only when it must be", () => {
  const measure = fc.integer({ min: -700, max: 50 }).map((tenths) => tenths / 10);
  fc.assert(
    fc.property(measure, measure, (integratedLufs, truePeakDbtp) => {
      const { gainDb, isLimited } = decideGain({ integratedLufs, truePeakDbtp }, aim);
      const close = 1e-6;
      expect(gainDb).toBeLessThanOrEqual(aim.maxGainDb);
      expect(integratedLufs + gainDb).toBeLessThanOrEqual(aim.targetLufs + close);
      expect(truePeakDbtp + gainDb).toBeLessThanOrEqual(aim.ceilingDbtp + aim.maxLimitingDb + close);
      expect(isLimited).toBe(truePeakDbtp + gainDb > aim.ceilingDbtp);
    }),
  );
});

/** A film of black with this sound: FFmpeg's input and filter arguments. */
function soundFilm(seconds: number, sound: string, args: string[] = []): string {
  return makeFilm("mkv", [
    ...["-f", "lavfi", "-i", `color=black:size=64x64:rate=25:duration=${seconds}`],
    ...["-f", "lavfi", "-i", sound, "-pix_fmt", "yuv420p", "-c:a", "pcm_s16le", ...args],
  ]);
}

/** The decoded samples of a track, one array a channel, full scale 1. */
function decodeTrack(film: TranscodedFilm, key: string, channels: number): Float32Array[] {
  const [report] = renditionReports(film.reports, key);
  const files = ["init.mp4", ...(report?.segments ?? []).map(({ file }) => file)];
  const input = Buffer.concat(
    files.map((file) => film.storage.objects.get(`/media/${key}/${file}`) ?? Buffer.alloc(0)),
  );
  const args = ["-v", "error", "-xerror", "-i", "pipe:0", "-f", "f32le", "-c:a", "pcm_f32le", "pipe:1"];
  const bytes = execFileSync("ffmpeg", args, { input, maxBuffer: 1 << 28 });
  const samples = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  return Array.from({ length: channels }, (_, channel) => samples.filter((_, n) => n % channels === channel));
}

/** Integrated loudness and true peak of a track as players will decode it. */
function measureTrack(film: TranscodedFilm, key: string): { lufs: number; peak: number } {
  const [report] = renditionReports(film.reports, key);
  const files = ["init.mp4", ...(report?.segments ?? []).map(({ file }) => file)];
  const input = Buffer.concat(
    files.map((file) => film.storage.objects.get(`/media/${key}/${file}`) ?? Buffer.alloc(0)),
  );
  const script =
    "ffmpeg -hide_banner -nostats -i pipe:0 -af ebur128=peak=true:framelog=verbose -f null - 2>&1";
  const log = execFileSync("sh", ["-c", script], { input, encoding: "utf8" });
  const summary = log.slice(log.lastIndexOf("Summary:"));
  return {
    lufs: Number(/I:\s+(\S+) LUFS/.exec(summary)?.[1]),
    peak: Number(/Peak:\s+(\S+) dBFS/.exec(summary)?.[1]),
  };
}

function rms(samples: Float32Array, from = 0, to = samples.length): number {
  let sum = 0;
  for (let n = from; n < to; n++) sum += (samples[n] ?? 0) ** 2;
  return Math.sqrt(sum / (to - from));
}

/** Runs `check` on each audio rendition of a film, with what its task reported of it. */
async function withSound(
  file: string,
  check: (
    film: TranscodedFilm,
    track: { key: string; channels: number; samples: number },
    report: LoudnessReport,
  ) => void,
): Promise<void> {
  const film = await transcodeFilm(file);
  try {
    expect(film.plan.audio.length).toBeGreaterThan(0);
    for (const track of film.plan.audio) {
      const [report] = renditionReports(film.reports, track.key);
      expect(report?.segments.reduce((sum, { duration }) => sum + duration, 0)).toBe(track.samples);
      if (report?.loudness === undefined) throw new Error("no loudness was reported");
      check(film, track, report.loudness);
    }
  } finally {
    await film.storage.close();
  }
}

test("a quiet film is made louder by one gain; its quiet and loud parts stay as far apart", async () => {
  const sound = "aevalsrc='(0.02+0.02*gte(t,10))*(sin(2*PI*440*t)+sin(2*PI*1500*t))':s=48000:d=20";
  await withSound(soundFilm(20, sound), (film, { key }, report) => {
    expect(report.isLimited).toBe(false);
    expect(report.gainDb).toBeGreaterThan(5);
    expect(Math.abs(measureTrack(film, key).lufs - report.targetLufs)).toBeLessThanOrEqual(0.3);
    const [left = new Float32Array()] = decodeTrack(film, key, 2);
    const apart = rms(left, 12 * 48_000, 18 * 48_000) / rms(left, 2 * 48_000, 8 * 48_000);
    expect(Math.abs(20 * Math.log10(apart) - 6.02)).toBeLessThan(0.3);
  });
});

test("a loud film is made quieter", async () => {
  const sound = "aevalsrc='0.4*(sin(2*PI*440*t)+sin(2*PI*1500*t))':s=48000:d=8";
  await withSound(soundFilm(8, sound), (film, { key }, report) => {
    expect(report.gainDb).toBeLessThan(-3);
    expect(Math.abs(measureTrack(film, key).lufs - report.targetLufs)).toBeLessThanOrEqual(0.3);
  });
});

test("peaks that would come over the ceiling are held down, and nothing moves in time", async () => {
  // Soft noise, and from 2 s on a click each second that is 20 dB above it.
  const sound =
    "aevalsrc='0.04*(random(0)-0.5)+if(gte(t,2)*lt(mod(n,48000),48),0.5*sin(2*PI*1000*t),0)':s=48000:d=12";
  await withSound(soundFilm(12, sound), (film, { key }, report) => {
    expect(report.isLimited).toBe(true);
    expect(report.gainDb).toBeGreaterThan(0);
    expect(measureTrack(film, key).peak).toBeLessThanOrEqual(-1);
    const [left = new Float32Array()] = decodeTrack(film, key, 2);
    for (let second = 2; second < 12; second++) {
      // The click's energy is where it was: before it there is only noise.
      const at = second * 48_000;
      expect(rms(left, at, at + 48)).toBeGreaterThan(8 * rms(left, at - 2400, at - 1100));
      expect(rms(left, at + 1100, at + 2400)).toBeLessThan(rms(left, at, at + 48) / 8);
      let [loudest, place] = [0, 0];
      for (let n = at - 480; n < at + 480; n++) {
        if (Math.abs(left[n] ?? 0) > loudest) [loudest, place] = [Math.abs(left[n] ?? 0), n - at];
      }
      // One wave of 1 kHz from its start: its crests are 12 and 36 samples in.
      expect(Math.min(Math.abs(place - 12), Math.abs(place - 36))).toBeLessThanOrEqual(2);
    }
  });
});

test("silence is left alone", async () => {
  await withSound(
    soundFilm(3, "anullsrc=sample_rate=48000:channel_layout=stereo:duration=3"),
    (film, { key }, report) => {
      expect(report).toMatchObject({ integratedLufs: null, gainDb: 0, isLimited: false });
      const [left = new Float32Array()] = decodeTrack(film, key, 2);
      expect(rms(left)).toBeLessThan(1e-4);
    },
  );
});

/** Strength of a frequency in a second of samples (Goertzel). */
function strength(samples: Float32Array, frequency: number): number {
  const from = 48_000;
  let [re, im] = [0, 0];
  for (let n = 0; n < 48_000; n++) {
    const angle = (2 * Math.PI * frequency * n) / 48_000;
    re += (samples[from + n] ?? 0) * Math.cos(angle);
    im += (samples[from + n] ?? 0) * Math.sin(angle);
  }
  return Math.hypot(re, im) / 24_000;
}

/** FL, FR, FC, LFE, BL, BR: a tone of its own in each. */
const tones = [300, 500, 700, 60, 1100, 1300];

test("a 5.1 source: stereo in which everyone is heard, and 5.1 with each sound where it was", async () => {
  const sound = `aevalsrc=${tones.map((hertz) => `0.2*sin(2*PI*${hertz}*t)`).join("|")}:c=5.1:s=48000:d=8`;
  const file = soundFilm(8, sound, ["-metadata:s:a:0", "language=eng"]);
  const seen: number[] = [];
  await withSound(file, (film, { key, channels }, report) => {
    seen.push(channels);
    expect(Math.abs(measureTrack(film, key).lufs - report.targetLufs)).toBeLessThanOrEqual(0.5);
    const heard = decodeTrack(film, key, channels);
    if (channels === 6) {
      for (const [n, own] of heard.entries()) {
        for (const [m, hertz] of tones.entries()) {
          if (m === n) expect(strength(own, hertz)).toBeGreaterThan(0.01);
          else expect(strength(own, hertz)).toBeLessThan(0.002);
        }
      }
      return;
    }
    const [left = new Float32Array(), right = new Float32Array()] = heard;
    // Dialogue comes from the centre: 3 dB below the front, on both sides (ITU-R BS.775).
    for (const [side, front] of [
      [left, 300],
      [right, 500],
    ] as const) {
      expect(Math.abs(20 * Math.log10(strength(side, 700) / strength(side, front)) + 3)).toBeLessThan(0.5);
    }
    expect(strength(left, 1100)).toBeGreaterThan(strength(left, 1300) * 10);
    expect(strength(right, 1300)).toBeGreaterThan(strength(right, 1100) * 10);
  });
  expect(seen).toEqual([2, 6]);
});
