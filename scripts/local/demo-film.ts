/** The demo film of an empty library: drawn and composed by FFmpeg alone, so that nothing has to be downloaded. */
import { spawn } from "node:child_process";
import { existsSync, renameSync } from "node:fs";
import path from "node:path";
import { UserError } from "./user-error.ts";

/** The title of the demo film. */
export const demoTitle = "First Light";

const size = "1280x720";
const frameRate = 24;
/** Longest that FFmpeg may take to draw it, milliseconds; a slow laptop takes a minute. */
const drawMs = 10 * 60_000;
/** Three acts of 10 s that cross-fade for 2 s each. */
const actSeconds = 10;
const fadeSeconds = 2;
const filmSeconds = 3 * actSeconds - 2 * fadeSeconds;

/** Night blue through violet and ember to sand: the colours of the whole film. */
const duotone =
  "curves=r='0/0.04 0.35/0.30 0.7/0.80 1/0.96':g='0/0.04 0.35/0.14 0.7/0.36 1/0.80':b='0/0.14 0.35/0.40 0.7/0.28 1/0.52'";

/** Semitones above A3 of the melody's bars: a minor ninth, walked up and down, two notes a second. */
const semitones = [0, 7, 12, 15, 19, 15, 14, 7, -4, 3, 8, 12, 15, 12, 10, 3];

/** Draws the demo film into `folder` if it isn't there yet. @returns its file. @throws UserError when FFmpeg can't. */
export async function drawDemoFilm(folder: string, signal: AbortSignal): Promise<string> {
  const file = path.join(folder, "first-light.mp4");
  if (existsSync(file)) return file;
  const draft = path.join(folder, "first-light.draft.mp4");
  // Some builds of FFmpeg have no drawtext, or find no font.
  let failure = "";
  for (const withText of [true, false]) {
    const result = await runFfmpeg(demoFilmArguments(draft, withText), signal);
    if (result === null) {
      renameSync(draft, file);
      return file;
    }
    failure = result;
  }
  throw new UserError(`FFmpeg could not draw the demo film:\n${failure}`);
}

/** Runs FFmpeg to its end. @returns null, or what it says went wrong. */
export async function runFfmpeg(args: string[], signal?: AbortSignal): Promise<string | null> {
  const child = spawn("ffmpeg", args, {
    stdio: ["ignore", "ignore", "pipe"],
    timeout: drawMs,
    killSignal: "SIGKILL",
    ...(signal === undefined ? {} : { signal }),
  });
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    words = (words + text).slice(-4000);
  });
  return await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code === 0 ? null : words || `exit ${code}`));
  });
}

/** FFmpeg's arguments for the demo film. */
export function demoFilmArguments(output: string, withText: boolean): string[] {
  const text = (words: string, fontSize: number, y: string, from: number, to: number) =>
    withText
      ? `,drawtext=text='${words}':fontcolor=white:fontsize=${fontSize}:x=(w-text_w)/2:y=${y}` +
        `:shadowcolor=black@0.5:shadowx=0:shadowy=2:alpha='clip(min(t-${from},${to}-t),0,1)'`
      : "";
  const seconds = actSeconds;
  const acts = [
    `gradients=s=${size}:r=${frameRate}:d=${seconds}:n=4:c0=0x0b1026:c1=0x3b2a6b:c2=0xc8553d:c3=0xf2c078:x0=0:y0=720:x1=1280:y1=0:speed=0.012:seed=7` +
      `,format=yuv420p,vignette=PI/5${text("First Light", 104, "h*0.40", 1, 7)}${text("a short film drawn by FFmpeg", 34, "h*0.60", 2, 7)}`,
    `mandelbrot=s=${size}:r=${frameRate}:maxiter=500:start_scale=1.6:end_scale=0.0016:end_pts=${seconds * 60}:inner=black:outer=normalized_iteration_count` +
      `,trim=duration=${seconds},hue=s=0,${duotone},format=yuv420p,vignette=PI/5`,
    `life=s=320x180:r=${frameRate}:mold=12:ratio=0.14:seed=11:death_color=0x12061f:life_color=0xf2c078:mold_color=0x5a2f76` +
      `,trim=duration=${seconds},scale=${size}:flags=neighbor,gblur=sigma=3,format=yuv420p,vignette=PI/4` +
      text("Now upload yours.", 60, "(h-text_h)/2", 3, 9.5),
  ];
  const joins =
    `[a][b]xfade=transition=fade:duration=${fadeSeconds}:offset=${actSeconds - fadeSeconds}[ab];` +
    `[ab][c]xfade=transition=dissolve:duration=${fadeSeconds}:offset=${2 * (actSeconds - fadeSeconds)}` +
    `,fade=in:d=1,fade=out:st=${filmSeconds - 1}:d=1,setsar=1,format=yuv420p[v]`;
  const sound = `aevalsrc=exprs='${voice(0)}|${voice(1)}':s=48000:d=${filmSeconds}:c=stereo,afade=out:st=${filmSeconds - 2}:d=2[s]`;
  const graph = [
    ...acts.map((act, index) => `${act},settb=AVTB,fps=${frameRate}[${"abc"[index]}]`),
    joins,
    sound,
  ];
  return [
    ...["-hide_banner", "-nostdin", "-v", "error", "-y"],
    ...["-filter_complex", graph.join(";"), "-map", "[v]", "-map", "[s]"],
    ...["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-g", String(frameRate * 2)],
    ...["-c:a", "aac", "-b:a", "160k", "-movflags", "+faststart"],
    ...["-t", String(filmSeconds), output],
  ];
}

/** One channel of the melody: plucked notes that wander between left (0) and right (1), over a low drone. */
function voice(channel: 0 | 1): string {
  const beat = `mod(floor(2*t),${semitones.length})`;
  const step = semitones.map((semitone, index) => `eq(ld(0),${index})*${semitone}`).join("+");
  const pan = `(0.5${channel === 0 ? "+" : "-"}0.35*sin(t*0.7))`;
  return (
    `st(0,${beat});st(1,220*pow(2,(${step})/12));` +
    `0.5*${pan}*exp(-4*mod(t,0.5))*min(1,200*mod(t,0.5))*(sin(2*PI*ld(1)*t)+0.3*sin(4*PI*ld(1)*t))` +
    `+0.08*sin(2*PI*110*t)+0.06*sin(2*PI*164.8*t)`
  );
}
