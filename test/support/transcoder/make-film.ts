/** Small films of odd real-world shapes, drawn by FFmpeg's lavfi sources and cached. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync } from "node:fs";
import path from "node:path";

/** Where films are kept between runs. */
export const mediaCache = path.join(import.meta.dirname, "../../../node_modules/.cache/marquee-media");

/** @param args FFmpeg's arguments between `-y` and the output file. @returns the cached file's path. */
export function makeFilm(ending: string, args: string[]): string {
  mkdirSync(mediaCache, { recursive: true });
  const name = createHash("sha256")
    .update(JSON.stringify([ending, args]))
    .digest("hex")
    .slice(0, 16);
  const file = path.join(mediaCache, `${name}.${ending}`);
  if (!existsSync(file)) {
    const draft = path.join(mediaCache, `${name}.${process.pid}.draft.${ending}`);
    execFileSync("ffmpeg", ["-hide_banner", "-nostdin", "-v", "error", "-y", ...args, draft], {
      stdio: "inherit",
    });
    renameSync(draft, file);
  }
  return file;
}

/** A moving picture and a tone, as input arguments. */
export function testPicture(options: {
  size?: string;
  rate?: string;
  seconds: number;
  audio?: boolean;
}): string[] {
  const { size = "320x180", rate = "25", seconds, audio = true } = options;
  const picture = ["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=${rate}:duration=${seconds}`];
  const tone = ["-f", "lavfi", "-i", `sine=frequency=440:sample_rate=48000:duration=${seconds}`];
  return audio ? [...picture, ...tone] : picture;
}
