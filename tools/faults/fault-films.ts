/** The films of a fault run: short, of every way through the pipeline, and some that must be refused. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { runFfmpeg } from "../../scripts/local/demo-film.ts";
import { chance } from "../../test/support/random.ts";

/** A film's shape, and its expected end: `ready`, or this error code. */
export interface FaultFilm {
  shape: (typeof shapes)[number];
  seconds: number;
  end: string;
}

const shapes = ["mp4", "mkv", "ts", "silent", "long", "text", "audio", "cut"] as const;

/** Every fifth film is a bad one; of the others every shape comes in turn, in lengths that differ. */
export function filmOf(seed: number, nth: number): FaultFilm {
  const bad = [
    ["text", "unsupported_container"],
    ["audio", "no_video"],
    ["cut", "truncated"],
  ] as const;
  if (nth % 5 === 3) {
    const [shape, end] = bad[Math.floor(nth / 5) % bad.length] ?? bad[0];
    return { shape, seconds: 8, end };
  }
  const good = ["mp4", "ts", "long", "mkv", "silent"] as const;
  const shape = good[nth % good.length] ?? "mp4";
  const seconds = (shape === "long" ? 26 : 4) + Math.floor(chance(seed, "seconds", nth) * 8);
  return { shape, seconds, end: "ready" };
}

/** Draws the film into `folder`. Each is another one, so that no two have the same bytes. @returns its file. */
export async function drawFilm(folder: string, film: FaultFilm, nth: number): Promise<string> {
  const { shape, seconds } = film;
  const file = path.join(folder, `film-${nth}.${shape === "ts" || shape === "mkv" ? shape : "mp4"}`);
  if (shape === "text") {
    writeFileSync(file, `Film ${nth} is a story.\n`.repeat(2000));
    return file;
  }
  const picture = [
    ...["-f", "lavfi", "-i", `testsrc2=s=640x360:r=12:d=${seconds},hue=h=${nth * 17}`],
    ...["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "24"],
  ];
  const sound = [
    "-f",
    "lavfi",
    "-i",
    `sine=${300 + nth}:r=48000:d=${seconds}`,
    "-c:a",
    shape === "ts" ? "mp2" : "aac",
  ];
  const input = (args: string[]): string[] => args.slice(0, 4);
  const options = (args: string[]): string[] => args.slice(4);
  const tracks = shape === "audio" ? [sound] : shape === "silent" ? [picture] : [picture, sound];
  const failure = await runFfmpeg([
    ...["-v", "error", "-nostdin", "-y"],
    ...tracks.flatMap(input),
    ...tracks.flatMap(options),
    ...(shape === "cut" ? ["-movflags", "+faststart"] : []),
    file,
  ]);
  if (failure !== null) throw new Error(`FFmpeg could not draw ${shape}: ${failure}`);
  if (shape === "cut") {
    const whole = readFileSync(file);
    writeFileSync(file, whole.subarray(0, Math.floor(whole.byteLength * 0.6)));
  }
  return file;
}
