/** Streams that are not ours: FFmpeg's own packager, codecs and shapes that Marquee never makes. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { makeFilm, testPicture } from "../../test/support/transcoder/make-film.ts";
import { checkPresentation } from "./check-presentation.ts";
import { notesOn } from "./notes.ts";

const scratch = mkdtempSync(path.join(tmpdir(), "marquee-foreign-test-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A muxed presentation of 8 s as FFmpeg packages it, in a folder. */
function packageFilm(args: string[]): string {
  const film = makeFilm("mp4", [...testPicture({ seconds: 8 }), "-pix_fmt", "yuv420p", "-g", "50"]);
  const folder = mkdtempSync(path.join(scratch, "stream-"));
  mkdirSync(folder, { recursive: true });
  execFileSync(
    "ffmpeg",
    [
      ...["-v", "error", "-i", film, ...args],
      ...["-f", "hls", "-hls_playlist_type", "vod", "-hls_time", "6", "-master_pl_name", "main.m3u8"],
      path.join(folder, "stream.m3u8"),
    ],
    { stdio: "ignore" },
  );
  return folder;
}

const fragmented = ["-c:a", "copy", "-hls_segment_type", "fmp4"];

test("MPEG-TS is said not to be CMAF, and what can be checked is", async () => {
  const { presentation, results } = await checkPresentation(packageFilm(["-c", "copy"]));
  expect(presentation.tracks.map(({ format }) => format)).toEqual(["mpeg-ts"]);
  expect(notesOn(presentation)[0]).toMatch(/not CMAF, so the rules .* do not apply/);
  expect(results.find(({ id }) => id === "Apple 7.4")).toMatchObject({
    verdict: "not applicable",
    reason: "not CMAF: mpeg-ts segments",
  });
  expect(results.find(({ id }) => id === "Apple 9.14")).toMatchObject({ verdict: "broken" });
});

test.each([
  [
    "HEVC",
    ["-c:v", "libx265", "-x265-params", "log-level=error", "-tag:v", "hvc1"],
    /^hvc1\.1\.6\.L\d+\.90$/,
  ],
  ["AV1", ["-c:v", "libsvtav1", "-preset", "12", "-g", "50"], /^av01\.0\.\d\dM\.08$/],
])("%s in fragmented MP4 is understood", async (_, args, codec) => {
  const { presentation, results } = await checkPresentation(packageFilm([...args, ...fragmented]));
  const [track] = presentation.tracks;
  expect(track?.main?.entry.codec).toMatch(codec);
  const verdict = (id: string) => results.find((it) => it.id === id)?.verdict;
  expect(track?.segments.every(({ media }) => media?.fragments[0]?.samples[0]?.isRandomAccess)).toBe(true);
  expect([verdict("Apple 7.3"), verdict("Apple 7.4"), verdict("Apple 1.1")]).toEqual([
    "holds",
    "holds",
    "holds",
  ]);
  expect([verdict("Apple 9.5"), verdict("Apple 6.1")]).toEqual(["broken", "broken"]);
});

test.each([
  ["High 4:2:2, 10 bit", ["-pix_fmt", "yuv422p10le"], "Apple 1.3b"],
  ["Main profile", ["-profile:v", "main"], "Apple 1.4"],
  ["level 5.1 for a small picture", ["-level", "5.1"], "Apple 1.11"],
  ["fields", ["-flags", "+ilme+ildct", "-x264-params", "tff=1"], "Apple 1.14"],
  ["90 frames a second", ["-r", "90"], "Apple 1.19"],
  ["12 frames a second", ["-r", "12"], "Apple 1.18"],
  ["a key frame every four seconds", ["-g", "100"], "Apple 1.13"],
  ["VP9", ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"], "Apple 1.1"],
  ["5.1 beside the picture", ["-ac", "6", "-c:a", "aac"], "Apple 9.6–9.7"],
])("%s: %s", async (_, args, rule) => {
  const folder = packageFilm([...fragmented, "-preset", "ultrafast", "-g", "50", ...args]);
  const { results } = await checkPresentation(folder);
  expect(results.find(({ id }) => id === rule)?.verdict).toBe("broken");
  const plain = await checkPresentation(await ordinary());
  expect(plain.results.find(({ id }) => id === rule)?.verdict).not.toBe("broken");
});

let made: string | null = null;
function ordinary(): string {
  made ??= packageFilm([...fragmented, "-preset", "veryfast", "-g", "50"]);
  return made;
}
