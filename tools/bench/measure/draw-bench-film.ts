/** The benches' films: 1080p that is about as hard to encode as a film, drawn by FFmpeg once. */
import { existsSync, mkdirSync, renameSync } from "node:fs";
import path from "node:path";
import { runFfmpeg } from "../../../scripts/local/demo-film.ts";
import { projectRoot } from "../../../scripts/local/project-root.ts";
import { UserError } from "../../../scripts/local/user-error.ts";

const rate = 25;

/**
 * Clouds that drift past each other, a fractal that is zoomed into, cuts every 5 s, and film grain: x264 spends some
 * 6 Mbit/s on it at CRF 23, as on a lively film. Raise the version when the drawing changes.
 */
const version = 2;

/** @returns the film's file, drawn at the first call. */
export async function drawBenchFilm(seconds: number): Promise<string> {
  return await cached(`bench-${version}-${seconds}.mp4`, drawing(seconds));
}

/** A film in a codec that players don't take, as television archives have it. */
export async function foreignBenchFilm(film: string): Promise<string> {
  return await cached(`${path.basename(film, ".mp4")}-mpeg2.mkv`, [
    ...["-i", film, "-c:v", "mpeg2video", "-b:v", "20M", "-g", "25", "-c:a", "copy"],
  ]);
}

async function cached(name: string, args: string[]): Promise<string> {
  const folder = path.join(projectRoot, "node_modules/.cache/marquee-media");
  const file = path.join(folder, name);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const draft = path.join(folder, `${process.pid}.draft.${name}`);
  const failure = await runFfmpeg(["-hide_banner", "-nostdin", "-v", "error", "-y", ...args, draft]);
  if (failure !== null) throw new UserError(`FFmpeg could not make ${name}:\n${failure}`);
  renameSync(draft, file);
  return file;
}

function drawing(seconds: number): string[] {
  const clouds = (seed: number, horizontal: number, vertical: number) =>
    `color=gray:size=480x270:rate=${rate}:duration=${seconds},format=gray,noise=alls=100:all_seed=${seed},` +
    `gblur=sigma=8,eq=contrast=8,scale=1920:1080:flags=bicubic,scroll=horizontal=${horizontal}:vertical=${vertical}`;
  const fractal =
    `mandelbrot=size=240x135:rate=${rate}:maxiter=100:start_scale=1.6:end_scale=0.01:end_pts=${seconds * rate},` +
    `trim=duration=${seconds},scale=1920:1080:flags=bicubic,format=yuv420p`;
  const graph = [
    `${clouds(1, 0.002, 0.0007)},format=yuv420p[a]`,
    `${clouds(2, -0.0013, 0.001)},format=yuv420p[b]`,
    `${fractal}[c]`,
    "[a][b]blend=all_mode=average[ab]",
    // Every 5 s the clouds come or go: a cut.
    "[c][ab]blend=all_mode=average:enable='mod(floor(t/5),2)',noise=alls=2:allf=t,format=yuv420p[v]",
    `anoisesrc=color=pink:amplitude=0.1:duration=${seconds}:sample_rate=48000[noise]`,
    `sine=frequency=220:beep_factor=4:duration=${seconds}:sample_rate=48000[tone]`,
    "[noise][tone]amix=inputs=2[s]",
  ];
  return [
    ...["-filter_complex", graph.join(";")],
    ...["-map", "[v]", "-map", "[s]", "-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-g", "250"],
    ...["-c:a", "aac", "-b:a", "160k", "-ac", "2", "-movflags", "+faststart"],
  ];
}
