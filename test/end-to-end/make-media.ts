/** Films for tests, drawn by FFmpeg's test sources once and then kept in a cache. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { runFfmpeg } from "../../scripts/local/demo-film.ts";
import { projectRoot } from "../../scripts/local/project-root.ts";

const cache = path.join(projectRoot, "node_modules/.cache/marquee-media");

/** The shape of a test film. */
export interface FilmShape {
  seconds: number;
  size: string;
  frameRate: number;
  /** Where the MP4's index is. */
  moov: "front" | "end";
}

/** A moving picture with a running clock and two different tones, H.264 and AAC in MP4. @returns its file. */
export async function makeFilm({ seconds, size, frameRate, moov }: FilmShape): Promise<string> {
  return await cached("film.mp4", [
    ...["-f", "lavfi", "-i", `testsrc2=s=${size}:r=${frameRate}:d=${seconds}`],
    ...["-f", "lavfi", "-i", `aevalsrc=0.2*sin(2*PI*440*t)|0.2*sin(2*PI*554*t):s=48000:d=${seconds}`],
    ...["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", String(frameRate * 4)],
    ...["-c:a", "aac", "-shortest", ...(moov === "front" ? ["-movflags", "+faststart"] : [])],
  ]);
}

/** A tone without a picture, in MP4. */
export async function makeAudioOnly(): Promise<string> {
  return await cached("audio-only.mp4", ["-f", "lavfi", "-i", "sine=440:d=10", "-c:a", "aac"]);
}

/** The first part of a film, as an interrupted copy leaves it. `fraction` of 0 to 1. */
export async function makeTruncated(shape: FilmShape, fraction: number): Promise<Buffer> {
  const whole = readFileSync(await makeFilm(shape));
  return whole.subarray(0, Math.floor(whole.length * fraction));
}

/** Puts bytes into a file of the given name, in `folder`. @returns the file. */
export function writeMedia(folder: string, name: string, bytes: Buffer | string): string {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

async function cached(name: string, args: string[]): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(args)).digest("hex").slice(0, 12);
  const file = path.join(cache, `${hash}-${name}`);
  if (existsSync(file)) return file;
  mkdirSync(cache, { recursive: true });
  const draft = path.join(cache, `draft-${process.pid}-${hash}-${name}`);
  const failure = await runFfmpeg(["-v", "error", "-nostdin", "-y", ...args, draft]);
  if (failure !== null) throw new Error(`FFmpeg could not draw ${name}: ${failure}`);
  renameSync(draft, file);
  return file;
}
