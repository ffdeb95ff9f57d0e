/** Small films of every container that we take, to be mutated: with sound, and text where the container has any. */
import path from "node:path";
import { keepFile } from "../../../test/support/transcoder/break-film.ts";
import { makeFilm, testPicture } from "../../../test/support/transcoder/make-film.ts";

const h264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "12"];
const picture = testPicture({ size: "96x64", seconds: 1 });
const srt = (): string =>
  keepFile(
    "srt",
    Buffer.from(
      "1\n00:00:00,100 --> 00:00:00,800\nHello <i>you</i>.\n\n2\n00:00:00,850 --> 00:00:01,000\n…\n",
    ),
  );
const withText = (codec: string, ...args: string[]): string[] => [
  ...[...picture, "-i", srt(), "-map", "0:v", "-map", "1:a", "-map", "2:s", ...h264, "-c:s", codec, ...args],
];

/** The films by container; each gives its file. */
export const filmSeeds = {
  mp4: [
    () => makeFilm("mp4", withText("mov_text", "-movflags", "+faststart")),
    () => makeFilm("mp4", [...picture, ...h264, "-movflags", "+cmaf+frag_keyframe"]),
  ],
  mov: [
    () => makeFilm("mov", [...picture, ...h264, "-c:a", "pcm_s16le"]),
    () => makeFilm("mov", [...picture, "-c:v", "prores_ks", "-c:a", "pcm_s24be"]),
  ],
  mkv: [
    () => makeFilm("mkv", withText("srt", "-c:a", "libopus")),
    () => makeFilm("mkv", withText("ass", "-c:a", "flac", "-cluster_time_limit", "200")),
  ],
  webm: [
    () => makeFilm("webm", [...picture, "-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libvorbis"]),
  ],
  ts: [
    () => makeFilm("ts", [...picture, ...h264]),
    () => makeFilm("ts", [...picture, "-c:v", "mpeg2video", "-c:a", "mp2"]),
  ],
  avi: [() => makeFilm("avi", [...picture, ...h264, "-bf", "0", "-c:a", "mp3"])],
  flv: [() => makeFilm("flv", [...picture, ...h264, "-ar", "44100"])],
  wmv: [() => makeFilm("wmv", [...picture, "-c:v", "wmv2", "-c:a", "wmav2"])],
} as const satisfies Record<string, readonly [() => string, ...(() => string)[]]>;

/** A container whose films are mutated. */
export type FuzzContainer = keyof typeof filmSeeds;

/** All of them. */
export const fuzzContainers = Object.keys(filmSeeds) as FuzzContainer[];

/** The ending of a film's name, as FFmpeg chose the muxer by it. */
export function endingOf(film: string): string {
  return path.extname(film).slice(1);
}
