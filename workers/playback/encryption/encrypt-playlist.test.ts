import { expect, test } from "vitest";
import { readPlaylist } from "../../hls/read-playlist.ts";
import { writeIframePlaylist, writeMediaPlaylist } from "../../pipeline/publish/write-media-playlist.ts";
import { encryptIframePlaylist, encryptPlaylist, iframePlace } from "./encrypt-playlist.ts";

const segments = [0, 1, 2].map((n) => ({ file: `seg-0000${n}.m4s`, seconds: 6 }));
const iframes = [
  { file: "seg-00000.m4s", offset: 0, bytes: 900, seconds: 2 },
  { file: "seg-00000.m4s", offset: 5000, bytes: 800, seconds: 2 },
  { file: "seg-00001.m4s", offset: 16, bytes: 700, seconds: 2 },
];

test("keys come after the init segment, one before each minute of segments", () => {
  const minutes = Array.from({ length: 21 }, (_, n) => ({
    file: `seg-${String(n).padStart(5, "0")}.m4s`,
    seconds: 6,
  }));
  const text = encryptPlaylist(writeMediaPlaylist(minutes, 6));
  const lines = text.split("\n").filter((line) => /^#EXT-X-(KEY|MAP)|^seg/.test(line));
  const key = (n: number) => `#EXT-X-KEY:METHOD=AES-128,URI="segments-0000${n}.key"`;
  const files = minutes.map(({ file }) => file);
  expect(lines).toEqual([
    '#EXT-X-MAP:URI="init.mp4"',
    ...[key(0), ...files.slice(0, 10)],
    ...[key(1), ...files.slice(10, 20)],
    ...[key(2), ...files.slice(20)],
  ]);
  const playlist = readPlaylist(text);
  if (playlist.kind !== "media") throw new Error("not a media playlist");
  expect(playlist.segments.map(({ uri }) => uri)).toEqual(files);
});

test("a segment whose name is not its number is not encrypted by a wrong number", () => {
  const shifted = segments.slice(1);
  expect(() => encryptPlaylist(writeMediaPlaylist(shifted, 6))).toThrow("seg-00001.m4s is not segment 0");
});

test("I-frames are resources of their own, each with its place in the stored segments", () => {
  const stored = writeIframePlaylist(iframes);
  const text = encryptIframePlaylist(stored);
  const playlist = readPlaylist(text);
  if (playlist.kind !== "media") throw new Error("not a media playlist");
  expect(playlist.iFramesOnly).toBe(true);
  expect(playlist.segments.map(({ uri, byteRange }) => [uri, byteRange])).toEqual([
    ["iframe-00000.m4s", null],
    ["iframe-00001.m4s", null],
    ["iframe-00002.m4s", null],
  ]);
  expect(text).toContain('#EXT-X-KEY:METHOD=AES-128,URI="iframes.key"');
  expect([0, 1, 2].map((n) => iframePlace(stored, n))).toEqual(
    iframes.map(({ file, offset, bytes }) => ({ file, offset, bytes })),
  );
  expect(iframePlace(stored, 3)).toBeNull();
});
