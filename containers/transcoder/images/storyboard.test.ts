/** Storyboards: every thumbnail is the picture of its own moment. */
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { makeFilm } from "../../../test/support/transcoder/make-film.ts";
import { renditionReports, runSpec, transcodeFilm } from "../../../test/support/transcoder/transcode-film.ts";
import { storyboardTask } from "../../../workers/pipeline/plan/plan-storyboard.ts";

/** A grey film that grows brighter by `step` every two seconds. */
function brighteningFilm(size: string, seconds: number, step: number): string {
  const picture = `color=black:size=${size}:rate=25:duration=${seconds},format=yuv420p,geq=lum='16+floor(T/2)*${step}':cb=128:cr=128`;
  return makeFilm("mp4", [
    "-f",
    "lavfi",
    "-i",
    picture,
    "-c:v",
    "libx264",
    "-g",
    "250",
    "-pix_fmt",
    "yuv420p",
  ]);
}

test.each([
  ["wide", "640x360", { width: 160, height: 90 }],
  ["tall", "180x320", { width: 90, height: 160 }],
])("%s: thumbnails lie on their sheets in order of time", async (_, size, thumbnail) => {
  const seconds = 55;
  const step = 7;
  const film = await transcodeFilm(brighteningFilm(size, seconds, step));
  try {
    const storyboard = film.plan.storyboard;
    expect(storyboard?.tiles).toEqual({ columns: 5, rows: 5, ...thumbnail });
    const [report] = renditionReports(film.reports, storyboard.key ?? "");
    const { grid } = film.plan;
    expect(report?.segments.map(({ file, start, frames }) => [file, start / grid.timescale, frames])).toEqual(
      [
        ["sprite-00000.jpg", 0, 25],
        ["sprite-00001.jpg", 50, 3],
      ],
    );
    const end = report?.segments.reduce((sum, { duration }) => sum + duration, 0);
    expect(end).toBe(grid.frames * grid.frameTicks);
    let n = 0;
    for (const { file, frames } of report?.segments ?? []) {
      const jpeg = film.storage.objects.get(`/media/${storyboard.key}/${file}`) ?? Buffer.alloc(0);
      const { width, height } = thumbnail;
      const args = ["-v", "error", "-i", "pipe:0", "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"];
      const pixels = execFileSync("ffmpeg", args, { input: jpeg, maxBuffer: 1 << 24 });
      expect(pixels.byteLength).toBe(width * 5 * height * 5);
      for (let tile = 0; tile < frames; tile++, n++) {
        const x = (tile % 5) * width + width / 2;
        const y = Math.floor(tile / 5) * height + height / 2;
        const expected = (n * step * 255) / 219;
        expect(Math.abs((pixels[y * width * 5 + x] ?? -1) - expected)).toBeLessThan(step / 2);
      }
    }
    // The same again is the same bytes.
    const before = new Map(film.storage.objects);
    await runSpec(film.storage, storyboardTask(storyboard, grid));
    for (const { file } of report?.segments ?? []) {
      const object = `/media/${storyboard.key}/${file}`;
      expect(film.storage.objects.get(object)?.equals(before.get(object) ?? Buffer.alloc(0))).toBe(true);
    }
  } finally {
    await film.storage.close();
  }
});
