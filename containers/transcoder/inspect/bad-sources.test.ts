/**
 * Sources that can't become a film: each ends with its code and a sentence, quickly, with little memory, and without
 * asking for anything but itself.
 */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "../../../test/support/random.ts";
import {
  box,
  boxPatch,
  cutFilm,
  growBox,
  keepFile,
  patchFilm,
} from "../../../test/support/transcoder/break-film.ts";
import { followSource } from "../../../test/support/transcoder/follow-source.ts";
import { makeFilm, testPicture } from "../../../test/support/transcoder/make-film.ts";
import { startStorage } from "../../../test/support/transcoder/storage-server.ts";
import { inspectSource } from "../../../test/support/transcoder/transcode-film.ts";
import { watchMemory } from "../../../test/support/transcoder/watch-memory.ts";
import { inputGuards } from "../ffmpeg/input-options.ts";
import { maxToolMemoryBytes } from "../task/limits.ts";

const h264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"];
const cenc = [
  ...["-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "76a6c65c5ea762046bd749a2e632ccbb"],
  ...["-encryption_kid", "a7e61c373e219033c21091fa607bf3b8"],
];
const h264Film = (ending: string, ...args: string[]): string =>
  makeFilm(ending, [...testPicture({ seconds: 3 }), ...h264, ...args]);

/** The server that a source in disguise names; it must never be asked for. */
const canary = createServer((request, response) => {
  canaryHits.push(`${request.method} ${request.url}`);
  response.end();
});
const canaryHits: string[] = [];
let canaryUrl = "";

beforeAll(async () => {
  await once(canary.listen(0, "127.0.0.1"), "listening");
  const address = canary.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  canaryUrl = `http://127.0.0.1:${address.port}`;
});
afterAll(() => void canary.close());

/** A sibling that a script could open, were it allowed to. */
const sibling = (): string => h264Film("mp4");

const disguised: Record<string, () => string | Buffer> = {
  "HLS playlist": () => `#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n${canaryUrl}/1.ts\n#EXT-X-ENDLIST\n`,
  "HLS playlist that names a file": () => `#EXTM3U\n#EXTINF:6,\nfile://${sibling()}\n#EXT-X-ENDLIST\n`,
  "DASH manifest": () =>
    `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" type="static"><Period><BaseURL>${canaryUrl}/</BaseURL></Period></MPD>`,
  "concat script": () => `ffconcat version 1.0\nfile ${canaryUrl}/film.mp4\n`,
  "concat script that names a file": () => `ffconcat version 1.0\nfile ${sibling()}\n`,
  SDP: () =>
    `v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 5004 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n`,
  SVG: () => `<svg xmlns="http://www.w3.org/2000/svg"><image href="${canaryUrl}/x.png"/></svg>`,
  gzip: () => gzipSync(readFileSync(sibling())),
  tar: () =>
    Buffer.concat([
      Buffer.from("film.mp4".padEnd(257, "\0") + "ustar\x0000".padEnd(255, "\0")),
      readFileSync(sibling()),
    ]),
};

const noVideoFile: Record<string, () => string> = {
  "zero bytes": () => keepFile("mp4", Buffer.alloc(0)),
  text: () => keepFile("mp4", Buffer.from("Once upon a time.\n".repeat(500))),
  PDF: () => keepFile("mp4", Buffer.from(`%PDF-1.7\n${"1 0 obj <<>> endobj\n".repeat(200)}%%EOF`)),
  "random bytes": () => keepFile("mp4", Buffer.from(noise(200_000, 1))),
  PNG: () => makeFilm("png", ["-f", "lavfi", "-i", "color=red:size=64x64", "-frames:v", "1"]),
  JPEG: () => makeFilm("jpg", ["-f", "lavfi", "-i", "color=red:size=64x64", "-frames:v", "1"]),
  GIF: () => makeFilm("gif", testPicture({ seconds: 1, audio: false })),
  SRT: () => keepFile("srt", Buffer.from("1\n00:00:01,000 --> 00:00:02,000\nHello.\n\n".repeat(50))),
  "MP3 with an ID3 tag": () => makeFilm("mp3", ["-f", "lavfi", "-i", "sine=duration=2"]),
  WAV: () => makeFilm("wav", ["-f", "lavfi", "-i", "sine=duration=1"]),
};

const sources: Record<string, [code: string, make: () => string]> = {
  "MP4 cut off, index at the end": ["truncated", () => cutFilm(h264Film("mp4"), 0.6)],
  "MP4 cut off, index in front": [
    "truncated",
    () => cutFilm(h264Film("mp4", "-movflags", "+faststart"), 0.6),
  ],
  "fragmented MP4 cut off": [
    "truncated",
    () => cutFilm(h264Film("mp4", "-g", "25", "-movflags", "+cmaf+frag_keyframe"), 0.6),
  ],
  "Matroska cut off": ["truncated", () => cutFilm(h264Film("mkv"), 0.6)],
  "WebM cut off": [
    "truncated",
    () => cutFilm(makeFilm("webm", [...testPicture({ seconds: 2 }), "-deadline", "realtime"]), 0.6),
  ],
  "AVI cut off": ["truncated", () => cutFilm(h264Film("avi", "-c:a", "mp3"), 0.6)],
  "FLV cut off": ["truncated", () => cutFilm(h264Film("flv", "-ar", "44100"), 0.6)],
  "ASF cut off": [
    "truncated",
    () => cutFilm(makeFilm("wmv", [...testPicture({ seconds: 3 }), "-c:v", "wmv2", "-c:a", "wmav2"]), 0.6),
  ],
  "MP4 with its middle overwritten": ["damaged", () => overwriteMiddle("mp4")],
  "Matroska with its middle overwritten": ["damaged", () => overwriteMiddle("mkv")],
  "Matroska of one cluster, torn in it": ["damaged", () => tearCluster()],
  "MPEG-TS with its middle overwritten": ["damaged", () => overwriteMiddle("ts")],
  "CENC-encrypted MP4": ["encrypted", () => h264Film("mp4", ...cenc)],
  "CENC-encrypted fragmented MP4": [
    "encrypted",
    () => h264Film("mp4", ...cenc, "-movflags", "+frag_keyframe+empty_moov+default_base_moof"),
  ],
  "MP4 with DRM keys beside plain tracks (clear lead)": [
    "encrypted",
    () => growMoov(box("pssh", Buffer.alloc(24))),
  ],
  "encrypted WebM": ["encrypted", encryptedMatroska],
  "scrambled MPEG-TS": [
    "encrypted",
    () =>
      patchFilm("ts", h264Film("ts"), (film) => {
        for (let at = 0; at + 188 <= film.byteLength; at += 188) {
          const pid = film.readUInt16BE(at + 1) & 0x1fff;
          if (pid >= 0x100 && pid < 0x1000) film[at + 3] = (film[at + 3] ?? 0) | 0x80;
        }
        return undefined;
      }),
  ],
  "absurd stsz count": [
    "damaged",
    () => patchTable("stsz", (view, { content }) => view.setUint32(content + 8, 0xffffffff)),
  ],
  "absurd stsz of one size": [
    "damaged",
    () =>
      patchTable("stsz", (view, { content }) => {
        view.setUint32(content + 4, 1);
        view.setUint32(content + 8, 0x7fffffff);
      }),
  ],
  "absurd stts entries": [
    "damaged",
    () => patchTable("stts", (view, { content }) => view.setUint32(content + 4, 0x0fffffff)),
  ],
  "absurd stts count": [
    "damaged",
    () => patchTable("stts", (view, { content }) => view.setUint32(content + 8, 0x7fffffff)),
  ],
  "absurd stco count": [
    "damaged",
    () => patchTable("stco", (view, { content }) => view.setUint32(content + 4, 0x7fffffff)),
  ],
  "absurd trun count in a fragment": [
    "damaged",
    () =>
      patchFilm("mp4", h264Film("mp4", "-g", "25", "-movflags", "+cmaf+frag_keyframe"), (film) => {
        boxPatch(film, "moof/traf/trun", (view, { content }) => view.setUint32(content + 4, 0x7fffffff));
        return undefined;
      }),
  ],
  "an index of a million boxes": [
    "damaged",
    () => growMoov(Buffer.concat(Array.from({ length: 1e6 }, () => box("free")))),
  ],
  "audio only in MP4": ["no_video", () => makeFilm("m4a", ["-f", "lavfi", "-i", "sine=duration=2"])],
  "audio with cover art": [
    "no_video",
    () => {
      const cover = makeFilm("png", ["-f", "lavfi", "-i", "color=red:size=100x100", "-frames:v", "1"]);
      const inputs = ["-f", "lavfi", "-i", "sine=duration=2", "-i", cover, "-map", "0:a", "-map", "1:v"];
      return makeFilm("mp4", [...inputs, "-c:v", "copy", "-disposition:v:0", "attached_pic"]);
    },
  ],
  "subtitles only in Matroska": [
    "no_video",
    () => makeFilm("mkv", ["-i", noVideoFile.SRT?.() ?? "", "-c:s", "srt"]),
  ],
  "giant picture": ["too_large", giantPicture],
  "giant picture under a small header": [
    "too_large",
    () =>
      patchFilm("mp4", giantPicture(), (film) => {
        boxPatch(film, "moov/trak/mdia/minf/stbl/stsd", (view, { content }) => {
          view.setUint16(content + 8 + 32, 320);
          view.setUint16(content + 8 + 34, 180);
        });
        return undefined;
      }),
  ],
  "65 tracks": [
    "too_many_streams",
    () =>
      makeFilm("mkv", [
        ...testPicture({ seconds: 0.2 }),
        ...["-map", "0:v", ...Array.from({ length: 64 }, () => ["-map", "1:a"]).flat()],
        ...[...h264, "-c:a", "pcm_s16le"],
      ]),
  ],
  "13 hours": ["too_long", () => longFilm(2)],
  "timestamp bomb in Matroska: 50 pictures in 196 000 s": [
    "bad_timestamps",
    () => makeFilm("mkv", [...slowPictures(50, 4000), ...h264]),
  ],
  "timestamp bomb in MP4": ["bad_timestamps", () => makeFilm("mp4", [...slowPictures(50, 4000), ...h264])],
  "timestamp bomb in FLV": ["bad_timestamps", () => makeFilm("flv", [...slowPictures(50, 4000), ...h264])],
  "a clock that jumps by ten hours": [
    "bad_timestamps",
    () =>
      makeFilm("mkv", [
        ...["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=3"],
        ...["-vf", "settb=1/1000,setpts=N*40+gt(N\\,50)*36000000", "-fps_mode", "passthrough", ...h264],
      ]),
  ],
  "a codec without a decoder": [
    "unsupported_codec",
    () => patchFilm("mp4", h264Film("mp4"), (film) => renameEntry(film, "avc1", "vvc1")),
  ],
  "a codec that nobody knows": [
    "unsupported_codec",
    () => patchFilm("mp4", h264Film("mp4"), (film) => renameEntry(film, "avc1", "zzzz")),
  ],
  "a QuickTime film whose media is elsewhere": [
    "unsupported_container",
    () =>
      patchFilm("mov", h264Film("mov"), (film) => {
        const dref = "moov/trak/mdia/minf/dinf/dref";
        const grown = growBox(film, dref, Buffer.from("file:///etc/passwd\0"));
        boxPatch(grown, dref, (view, { content, end }) => {
          view.setUint32(content + 8, end - content - 8);
          view.setUint32(content + 16, 0);
        });
        return grown;
      }),
  ],
};

const mebibyte = 1024 * 1024;

/** Memory that the refusal of a bad source may take: ffprobe itself needs some 60 MiB. The encoder had to run for `damaged` pictures. */
const maxRefusalBytes = 256 * mebibyte;

for (const [name, [code, make]] of Object.entries(sources)) {
  test(`${name}: ${code}`, async () => {
    const file = make();
    const memory = watchMemory();
    const end = await followSource(file);
    expect(memory.stop()).toBeLessThan(maxRefusalBytes);
    expect(end.code).toBe(code);
    expect(end.detail).toMatch(/^[A-Z].{30,}\.$/s);
  });
}

for (const [name, make] of Object.entries(noVideoFile)) {
  test(`${name}: unsupported_container`, async () => {
    expect(await followSource(make())).toMatchObject({ code: "unsupported_container" });
  });
}

for (const [name, make] of Object.entries(disguised)) {
  test(`${name} as .mp4: unsupported_container, and nothing else is asked for`, async () => {
    const file = keepFile("mp4", Buffer.from(make()));
    const end = await followSource(file);
    expect(end).toMatchObject({ code: "unsupported_container", paths: ["/source"] });
    expect(canaryHits).toEqual([]);

    // The second wall: FFmpeg itself, were the file to get that far.
    const storage = await startStorage(file);
    const probe = promisify(execFile)("ffprobe", ["-v", "error", ...inputGuards, `${storage.url}/source`]);
    await expect(probe).rejects.toThrow(/whitelist|Invalid data/);
    expect(new Set(storage.requests)).toEqual(new Set(["/source"]));
    expect(canaryHits).toEqual([]);
    await storage.close();
  });
}

test("the canary sings when it is asked", async () => {
  await fetch(`${canaryUrl}/song`);
  expect(canaryHits.splice(0)).toEqual(["GET /song"]);
});

test("a DASH manifest inside a film's own boxes is never read as one", async () => {
  const manifest = Buffer.from(disguised["DASH manifest"]?.() ?? "");
  const film = readFileSync(h264Film("mp4", "-movflags", "+faststart"));
  const file = keepFile("mp4", Buffer.concat([box("free", manifest), film]));
  const end = await followSource(file);
  expect(end.paths.filter((path) => !/^\/(source|media|slices)/.test(path))).toEqual([]);
  expect(canaryHits).toEqual([]);
});

test("a few errors are told and do not stop a film", async () => {
  const file = patchFilm("mp4", h264Film("mp4", "-bf", "0"), (film) => {
    boxPatch(film, "mdat", (_, { content, end }) => {
      const middle = Math.floor((content + end) / 2);
      film.fill(0xff, middle, middle + 400);
    });
    return undefined;
  });
  expect(await followSource(file)).toMatchObject({ code: "ready", warnings: ["decode_errors"] });
});

test("MPEG-TS says no length: cut anywhere, it is a shorter film", async () => {
  expect(await followSource(cutFilm(h264Film("ts", "-g", "25"), 0.6))).toMatchObject({ code: "ready" });
});

const slowFilms: Record<string, () => string> = {
  "a screen recording of one picture a second": () => makeFilm("mkv", [...slowPictures(700, 1), ...h264]),
  "a slide show of one picture in 50 s": () => makeFilm("mkv", [...slowPictures(20, 50), ...h264]),
  "the same in MP4": () => makeFilm("mp4", [...slowPictures(20, 50), ...h264]),
  "two pictures under a quarter of an hour of talk": () =>
    makeFilm("mp4", [
      ...slowPictures(2, 450, "-f", "lavfi", "-i", "sine=duration=900"),
      ...[...h264, "-c:a", "alac", "-ar", "8000"],
    ]),
  "the same in Matroska": () =>
    makeFilm("mkv", [
      ...slowPictures(2, 450, "-f", "lavfi", "-i", "sine=sample_rate=8000:duration=900"),
      ...h264,
      ...["-c:a", "libopus", "-b:a", "6k", "-application", "voip"],
    ]),
};

for (const [name, make] of Object.entries(slowFilms)) {
  test(`${name} is no timestamp bomb`, async () => {
    const storage = await startStorage(make());
    const event = await inspectSource(storage);
    await storage.close();
    expect(event).toMatchObject({ type: "done" });
  });
}

test("no tool may take more memory than a transcoder has", () => {
  expect(maxToolMemoryBytes).toBeLessThan(2.5e9);
});

function overwriteMiddle(ending: string): string {
  // 9 s: Matroska has several clusters then, and its demuxer goes on after the hole.
  const film = makeFilm(ending, [...testPicture({ seconds: 9 }), ...h264, "-g", "25"]);
  return patchFilm(ending, film, (bytes) => {
    const [from, to] = [Math.floor(bytes.byteLength * 0.3), Math.floor(bytes.byteLength * 0.6)];
    bytes.set(noise(to - from, 1), from);
    return undefined;
  });
}

function tearCluster(): string {
  return patchFilm("mkv", h264Film("mkv"), (bytes) => {
    bytes.set(noise(4000, 1), Math.floor(bytes.byteLength * 0.4));
    return undefined;
  });
}

function patchTable(type: string, change: (view: DataView, box: { content: number }) => void): string {
  return patchFilm("mp4", h264Film("mp4"), (film) => {
    boxPatch(film, `moov/trak/mdia/minf/stbl/${type}`, change);
    return undefined;
  });
}

function growMoov(boxes: Buffer): string {
  return patchFilm("mp4", h264Film("mp4"), (film) => growBox(film, "moov", boxes));
}

function renameEntry(film: Buffer, from: string, to: string): undefined {
  film.write(to, film.indexOf(from, film.indexOf("stsd")), "latin1");
}

function giantPicture(): string {
  return makeFilm("mp4", [
    ...["-f", "lavfi", "-i", "color=gray:size=8200x4700:rate=25", "-frames:v", "2"],
    ...[...h264, "-threads", "1"],
  ]);
}

/** Pictures that stand for `seconds` each, and other inputs. */
function slowPictures(pictures: number, seconds: number, ...inputs: string[]): string[] {
  const source = `testsrc2=size=64x64:rate=1/${seconds}:duration=${pictures * seconds}`;
  return ["-f", "lavfi", "-i", source, ...inputs, "-fps_mode", "passthrough"];
}

function longFilm(secondsPerPicture: number): string {
  const pictures = (13 * 3600) / secondsPerPicture;
  return makeFilm("mkv", [...slowPictures(pictures, secondsPerPicture), ...h264]);
}

/** Writes `ContentEncodings` (RFC 9559 §5.1.4.1.31) over the codec's private data, in as many bytes. */
function encryptedMatroska(): string {
  return patchFilm("mkv", h264Film("mkv"), (film) => {
    const at = film.indexOf(Buffer.from([0x63, 0xa2]));
    const privateBytes = 3 + ((film[at + 2] ?? 0) & 0x7f);
    const encodings = Buffer.from("6d809562409250338101" + "50358b" + "47e18105" + "47e28401020304", "hex");
    const rest = privateBytes - encodings.byteLength - 2;
    const filler = Buffer.alloc(2 + rest);
    filler.set([0xec, 0x80 + rest]);
    Buffer.concat([encodings, filler]).copy(film, at);
    return undefined;
  });
}

test("what a producer is told of a failed tool names no address of ours", async () => {
  const storage = await startStorage(
    keepFile("mp4", Buffer.concat([box("ftyp", Buffer.alloc(16)), box("free")])),
  );
  try {
    const event = await inspectSource(storage);
    if (event.type !== "failed") throw new Error(event.type);
    expect(event.failure).toMatchObject({ code: "truncated", log: expect.stringContaining("source") });
    expect(event.failure.log).not.toMatch(/:\/\/|127\.0\.0\.1/);
  } finally {
    await storage.close();
  }
});
