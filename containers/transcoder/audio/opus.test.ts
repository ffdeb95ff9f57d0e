/** Opus beside AAC: the same samples at the same times, in segments that players and our own checker take. */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RenditionReport } from "../../../protocol/report.ts";
import { openBrowser } from "../../../test/support/browser.ts";
import { makeFilm } from "../../../test/support/transcoder/make-film.ts";
import {
  decodeRendition,
  renditionReports,
  type TranscodedFilm,
  transcodeFilm,
} from "../../../test/support/transcoder/transcode-film.ts";
import { brokenRules } from "../../../tools/conformance/testing/broken-rules.ts";
import { recipe } from "../../../workers/pipeline/plan/recipe.ts";

const frame = 960;

/** A loud noise from the very first sample on, whose place in time can be told, at NTSC's rate: no whole number of frames. */
const source = makeFilm("mkv", [
  ...["-f", "lavfi", "-i", "color=gray:size=64x64:rate=30000/1001:duration=19.9"],
  ...[
    "-f",
    "lavfi",
    "-i",
    "anoisesrc=color=pink:seed=1:sample_rate=48000:duration=19.9:amplitude=0.4",
    "-ac",
    "2",
  ],
  ...["-pix_fmt", "yuv420p", "-c:a", "pcm_s16le", "-metadata:s:a:0", "language=eng"],
]);

let film: TranscodedFilm;
beforeAll(async () => {
  film = await transcodeFilm(source, undefined, recipe.parse({ audio: ["aac", "opus"] }));
});
afterAll(() => film.storage.close());

function reportOf(codec: string): RenditionReport {
  const track = film.plan.audio.find((one) => one.codec === codec);
  const [report] = renditionReports(film.reports, track?.key ?? "");
  if (report === undefined) throw new Error(`no ${codec}`);
  return report;
}

/** The track as a player decodes it, one channel, full scale 1. */
function decoded({ key, segments }: RenditionReport): Float32Array {
  const files = ["init.mp4", ...segments.map(({ file }) => file)];
  const input = Buffer.concat(
    files.map((file) => film.storage.objects.get(`/media/${key}/${file}`) ?? Buffer.alloc(0)),
  );
  return samplesOf(["-i", "pipe:0"], input);
}

function samplesOf(from: string[], input?: Buffer): Float32Array {
  const args = ["-v", "error", "-xerror", ...from, "-map", "0:a:0", "-ac", "1", "-f", "f32le", "pipe:1"];
  const bytes = execFileSync("ffmpeg", args, { input, maxBuffer: 1 << 28 });
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function energy(samples: Float32Array, from: number, to: number): number {
  return samples.subarray(from, to).reduce((sum, sample) => sum + sample ** 2, 0);
}

/** The likeness of two sounds in a stretch, when one is moved by `lag` samples: 1 is the same. */
function likeness(one: Float32Array, other: Float32Array, lag: number, from: number, to: number): number {
  let sum = 0;
  for (let n = from; n < to; n++) sum += (one[n] ?? 0) * (other[n + lag] ?? 0);
  return sum / Math.sqrt(energy(one, from, to) * energy(other, from + lag, to + lag));
}

test("it has every sample of the film, in segments that end with AAC's to a frame", () => {
  const [aac, opus] = [reportOf("aac"), reportOf("opus")];
  const samples = film.plan.audio[0]?.samples ?? 0;
  expect(samples % frame).not.toBe(0);
  expect(opus).toMatchObject({ codecs: "Opus", timescale: 48_000 });
  expect(opus.segments.map(({ file }) => file)).toEqual(aac.segments.map(({ file }) => file));
  let end = 0;
  for (const [n, { start, duration, frames }] of opus.segments.entries()) {
    expect(start).toBe(end);
    expect(start % frame).toBe(0);
    expect(frames).toBe(Math.ceil(duration / frame));
    expect(Math.abs(start - (aac.segments[n]?.start ?? 0))).toBeLessThanOrEqual(1024);
    end += duration;
  }
  expect(end).toBe(samples);
  expect(decodeRendition(film.storage, [opus]).errors).toBe("");
});

test("each sample is where it was in the source, from the first one on", () => {
  const original = samplesOf(["-i", source]);
  const opus = decoded(reportOf("opus"));
  // A decoder gives whole frames; what is beyond the film's end is not shown.
  expect(opus.length - (film.plan.audio[0]?.samples ?? 0)).toBeGreaterThanOrEqual(0);
  expect(opus.length - (film.plan.audio[0]?.samples ?? 0)).toBeLessThan(frame);
  for (const from of [96_000, 480_000, 864_000]) {
    const lags = Array.from({ length: 2 * frame + 1 }, (_, n) => n - frame);
    const found = lags.map((lag) => likeness(original, opus, lag, from, from + 4800));
    expect(lags[found.indexOf(Math.max(...found))]).toBe(0);
  }
  // The decoder has nothing before the first frame, of which it fades in 2.5 ms; nothing else is missing.
  expect(likeness(original, opus, 0, 120, frame)).toBeGreaterThan(0.8);
  expect(likeness(original, opus, 0, frame, 4 * frame)).toBeGreaterThan(0.8);
});

test("both codecs have one loudness", () => {
  const [aac, opus] = [reportOf("aac"), reportOf("opus")];
  expect(opus.loudness).toEqual(aac.loudness);
  const [one, other] = [decoded(aac), decoded(opus)].map((samples) => energy(samples, 48_000, 912_000));
  expect(Math.abs(10 * Math.log10((other ?? 0) / (one ?? 1)))).toBeLessThan(0.5);
});

test("a film with it keeps every rule of HLS, and AAC comes first", async () => {
  expect(await brokenRules(film)).toEqual([]);
});

/** Plays the last second of a track through Media Source Extensions, and tells what the browser made of it. Runs in a page. */
const playInPage = `async ({ type, parts }) => {
  if (!MediaSource.isTypeSupported(type)) return "the browser does not know " + type;
  const audio = new Audio();
  const source = new MediaSource();
  audio.src = URL.createObjectURL(source);
  await new Promise((resolve) => source.addEventListener("sourceopen", resolve, { once: true }));
  const buffer = source.addSourceBuffer(type);
  for (const part of parts) {
    buffer.appendBuffer(Uint8Array.from(atob(part), (character) => character.charCodeAt(0)));
    await new Promise((resolve, reject) => {
      buffer.addEventListener("updateend", resolve, { once: true });
      buffer.addEventListener("error", () => reject(new Error("not appended")), { once: true });
    });
  }
  source.endOfStream();
  const ranges = Array.from({ length: audio.buffered.length }, (_, n) => [audio.buffered.start(n), audio.buffered.end(n)]);
  audio.currentTime = audio.duration - 1;
  const ended = new Promise((resolve) => audio.addEventListener("ended", resolve, { once: true }));
  await audio.play();
  await ended;
  return { ranges, duration: audio.duration, decoded: audio.webkitAudioDecodedByteCount > 0 };
}`;

test("a browser plays it under its codec string, without a gap, as long as the film", async () => {
  const { key, codecs, segments } = reportOf("opus");
  const files = ["init.mp4", ...segments.map(({ file }) => file)];
  const parts = files.map((file) => film.storage.objects.get(`/media/${key}/${file}`)?.toString("base64"));
  const type = `audio/mp4; codecs="${codecs}"`;
  const browser = await openBrowser();
  try {
    const page = await browser.context.newPage();
    const played = await page.evaluate(`(${playInPage})(${JSON.stringify({ type, parts })})`);
    const seconds = (film.plan.audio[0]?.samples ?? 0) / 48_000;
    expect(played).toEqual({
      ranges: [[0, expect.closeTo(seconds, 3)]],
      duration: expect.closeTo(seconds, 3),
      decoded: true,
    });
  } finally {
    await browser.close();
  }
});
