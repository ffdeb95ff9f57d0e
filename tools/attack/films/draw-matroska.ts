/** Matroska films by FFmpeg: ordinary ones, and those that are odd in one way. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { runFfmpeg } from "../../../scripts/local/demo-film.ts";

/** A film's shape. Only `seconds` must be said: 12 pictures a second of 320 × 320 pixels, in H.264, without subtitles. */
export interface FilmShape {
  seconds: number;
  rate?: number;
  size?: string;
  codec?: string[];
  /** Times by which each picture stays longer. */
  slowerBy?: number;
  texts?: string[];
  titleBytes?: number;
  language?: string;
}

/** Draws `{name}.mkv` in a colour of its own. @param hue any whole number from 0 to 359. @throws Error when FFmpeg can't */
export async function drawMatroska(name: string, hue: number, shape: FilmShape): Promise<string> {
  const file = `${name}.mkv`;
  const rate = shape.rate ?? 12;
  const texts = shape.texts ?? [];
  // A colour of its own, so that no two have the same bytes.
  const colour = `0x${(0x202020 + hue * 0x4321).toString(16).padStart(6, "0")}`;
  const source = `color=c=${colour}:s=${shape.size ?? "320x320"}:r=${rate}:d=${shape.seconds},format=yuv420p`;
  const args = [
    ...["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i"],
    source + (shape.slowerBy === undefined ? "" : `,setpts=PTS*${shape.slowerBy}`),
    ...texts.flatMap((text) => ["-i", text]),
    ...["-map", "0:v", ...texts.flatMap((_, index) => ["-map", `${index + 1}:s`])],
    ...(shape.codec ?? ["-c:v", "libx264", "-preset", "ultrafast", "-g", "12"]),
    ...["-fps_mode", "passthrough", "-c:s", "copy"],
    ...(shape.language === undefined ? [] : ["-metadata:s:s:0", `language=${shape.language}`]),
    file,
  ];
  const failure = await runFfmpeg(args);
  if (failure !== null) throw new Error(`FFmpeg could not draw ${path.basename(name)}: ${failure}`);
  if (shape.titleBytes !== undefined) await retitle(file, shape.titleBytes);
  return file;
}

/** Gives the first track a title that no command line could hold: FFmpeg reads it from a file. */
async function retitle(file: string, bytes: number): Promise<void> {
  const notes = `${file}.txt`;
  writeFileSync(notes, `;FFMETADATA1\n[STREAM]\ntitle=${"a".repeat(bytes)}\n`);
  const draft = `${file}.draft.mkv`;
  const failure = await runFfmpeg([
    ...["-v", "error", "-nostdin", "-y", "-i", file, "-f", "ffmetadata", "-i", notes],
    ...["-map", "0", "-map_metadata:s:0", "1:s:0", "-c", "copy", draft],
  ]);
  if (failure !== null) throw new Error(`FFmpeg could not give a title: ${failure.slice(0, 200)}`);
  writeFileSync(file, readFileSync(draft));
  for (const one of [draft, notes]) rmSync(one);
}
