/** Films of people who mean harm, drawn when they are needed: small to send, and costly to whoever believes them. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { chance } from "../../../test/support/random.ts";
import { drawMatroska } from "./draw-matroska.ts";
import { deepBoxes, manyTracks, withoutIndex } from "./mp4-boxes.ts";
import { assFile, backslashes, srtFile } from "./subtitles.ts";

/** As long as the text in each of its segments needs to hurt, and no longer, seconds. */
const bombSeconds = 240;

/** The kinds, and what each would do to a service that trusts it. */
export const hostileKinds = {
  backslashes: "300,000 backslashes in one line of ASS subtitles",
  bomb: "subtitles whose cues are as long as the film and 900 kB each",
  "track-title": "a track with a title of 3 MB",
  "track-language": "a subtitle track whose language is en-x-a",
  "no-index": "an MP4 without its moov",
  "deep-boxes": "200,000 boxes, one in another",
  "many-tracks": "3,000 tracks",
  "long-still": "an 8K still that lasts an hour",
  "huge-header": "a picture that says it has 60,000 × 60,000 pixels",
  endless: "a clock that runs for more than a day",
} as const;

/** One of them. */
export type HostileKind = keyof typeof hostileKinds;

/** All kinds, in the order of the table. */
export const allHostileKinds = Object.keys(hostileKinds) as HostileKind[];

/** Draws one into `folder`; another `nth` has other bytes. @returns its file. @throws Error when FFmpeg can't */
export async function drawHostileFilm(
  folder: string,
  kind: HostileKind,
  seed: number,
  nth = 0,
): Promise<string> {
  const hue = Math.floor(chance(seed, kind, nth) * 360);
  const name = path.join(folder, `${kind}-${nth}`);
  const write = (suffix: string, bytes: Uint8Array | string): string => {
    writeFileSync(`${name}.${suffix}`, bytes);
    return `${name}.${suffix}`;
  };
  switch (kind) {
    case "backslashes":
      return await drawMatroska(name, hue, {
        seconds: 6,
        texts: [write("ass", assFile([backslashes(300_000)], 6))],
      });
    case "bomb": {
      const cues = Array.from({ length: 5 }, (_, cue) => "no ".repeat(300_000).concat(String(cue)));
      const texts = Array.from({ length: 4 }, (_, track) =>
        write(`${track}.srt`, srtFile(cues, bombSeconds, track)),
      );
      return await drawMatroska(name, hue, { seconds: bombSeconds, rate: 1, texts });
    }
    case "track-title":
      return await drawMatroska(name, hue, { seconds: 6, titleBytes: 3_000_000 });
    case "track-language":
      return await drawMatroska(name, hue, {
        seconds: 6,
        texts: [write("srt", srtFile(["Hello."], 3, 0))],
        language: "en-x-a",
      });
    case "no-index":
      return write("mp4", withoutIndex(hue));
    case "deep-boxes":
      return write("mp4", deepBoxes(200_000 + nth));
    case "many-tracks":
      return write("mp4", manyTracks(3000 + nth));
    case "long-still":
      return await drawMatroska(name, hue, { seconds: 6, rate: 1, size: "8192x4608", slowerBy: 600 });
    case "huge-header":
      return enlarge(await drawMatroska(name, hue, { seconds: 1, codec: ["-c:v", "mjpeg"] }));
    case "endless":
      return await drawMatroska(name, hue, { seconds: 6, rate: 1, slowerBy: 20_000 });
  }
}

/** Lets a Matroska file of JPEG pictures say that they have 60,000 × 60,000 pixels, in its header and in each picture. */
function enlarge(file: string): string {
  const bytes = readFileSync(file);
  const size = 60_000;
  for (let at = 0; at < bytes.byteLength - 9; at++) {
    const isFrame = bytes.readUInt32BE(at) === 0xffc00011;
    // PixelWidth and PixelHeight (RFC 9559 §5.1.4.1.28): an ID of one byte, a length of two.
    const isPixels = bytes.readUInt16BE(at) === 0xb082 || bytes.readUInt16BE(at) === 0xba82;
    if (isFrame) bytes.writeUInt32BE(size * 0x10000 + size, at + 5);
    else if (isPixels && at < 1000) bytes.writeUInt16BE(size, at + 2);
  }
  writeFileSync(file, bytes);
  return file;
}
