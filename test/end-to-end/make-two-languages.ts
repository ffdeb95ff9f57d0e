/** A film with more beside the picture than most. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { runFfmpeg } from "../../scripts/local/demo-film.ts";

/** Its subtitles' words, from half a second to the end. */
export const twoLanguages = { eng: "Hello <i>there</i> & welcome", deu: "Guten Tag" };

/** A film that speaks English in 5.1 and German in mono, with subtitles in both, drawn in `folder`. @returns its file. */
export async function makeTwoLanguages(folder: string, seconds: number): Promise<string> {
  for (const [language, text] of Object.entries(twoLanguages)) {
    writeFileSync(
      path.join(folder, `${language}.srt`),
      `1\n00:00:00,500 --> 00:00:${seconds},000\n${text}\n`,
    );
  }
  const file = path.join(folder, "film.mkv");
  const tones = [300, 500, 700, 60, 1100, 1300].map((hertz) => `0.1*sin(2*PI*${hertz}*t)`).join("|");
  await runFfmpeg([
    ...["-f", "lavfi", "-i", `testsrc2=s=640x360:r=25:d=${seconds}`],
    ...["-f", "lavfi", "-i", `aevalsrc=${tones}:c=5.1:s=48000:d=${seconds}`],
    ...["-f", "lavfi", "-i", `sine=frequency=440:d=${seconds}`],
    ...Object.keys(twoLanguages).flatMap((language) => ["-i", path.join(folder, `${language}.srt`)]),
    ...["-map", "0", "-map", "1", "-map", "2", "-map", "3", "-map", "4", "-pix_fmt", "yuv420p"],
    ...["-c:v", "libx264", "-preset", "ultrafast", "-c:a:0", "ac3", "-c:a:1", "aac", "-c:s", "srt"],
    ...Object.keys(twoLanguages).flatMap((language, n) => [
      ...[`-metadata:s:a:${n}`, `language=${language}`, `-metadata:s:s:${n}`, `language=${language}`],
    ]),
    file,
  ]);
  return file;
}
