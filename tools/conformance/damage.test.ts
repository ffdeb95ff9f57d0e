/** The pipeline's output conforms; broken in one way, exactly the rules about that complain. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findBox } from "../../containers/transcoder/isobmff/boxes.ts";
import { parseFragment } from "../../containers/transcoder/isobmff/fragment.ts";
import { checkPresentation } from "./check-presentation.ts";
import { brokenMusts, checkRules } from "./check-rules.ts";
import { allRules } from "./rules/all-rules.ts";
import { DamagedFolder, insertBox } from "./testing/damage.ts";
import { makePresentation } from "./testing/make-presentation.ts";

const scratch = mkdtempSync(path.join(tmpdir(), "marquee-conformance-test-"));
const good = path.join(scratch, "good");
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Broken in the undamaged presentation already: advice that the small test film does not follow. */
const baseline = ["Apple 6.2", "Apple 9.21"];

beforeAll(async () => await makePresentation(good));

async function brokenIn(folder: string): Promise<string[]> {
  const { results } = await checkPresentation(folder);
  return results.flatMap(({ id, verdict }) => (verdict === "broken" && !baseline.includes(id) ? [id] : []));
}

test("what the pipeline makes breaks no MUST, and decodes", async () => {
  const { presentation, results } = await checkPresentation(good, { decode: true });
  expect(brokenMusts(results)).toEqual([]);
  expect(results.filter(({ verdict }) => verdict === "broken").map(({ id }) => id)).toEqual(
    baseline.toSorted().reverse(),
  );
  expect(presentation.decoded?.map(({ frames, errors }) => [frames, errors])).toEqual([
    [null, ""],
    [350, ""],
    [350, ""],
  ]);
});

test("a quick look finds the same, and reads less", async () => {
  const { presentation, results } = await checkPresentation(good, { quick: true });
  expect(brokenMusts(results)).toEqual([]);
  expect(presentation.isWhole).toBe(false);
});

test("for iOS, a variant for slow networks is a must", async () => {
  const { presentation } = await checkPresentation(good);
  expect(brokenMusts(checkRules(presentation, "ios")).map(({ id }) => id)).toEqual(["Apple 9.21"]);
});

test("every rule has a number of its own", () => {
  const ids = allRules.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

const low = (it: DamagedFolder, file: string): string => `${it.rendition("v240p")}/${file}`;
const sound = (it: DamagedFolder, file: string): string => `${it.rendition("a0")}/${file}`;
const rename = (from: string | RegExp, to: string) => (text: string) => text.replace(from, to);

const damages: Record<string, { damage: (it: DamagedFolder) => void; broken: string[] }> = {
  "a segment that starts too late": {
    damage: (it) => it.shift(sound(it, "seg-00001.m4s"), 10),
    broken: ["Apple 7.3"],
  },
  "one quality that runs a frame behind": {
    damage: (it) => {
      for (const n of [0, 1, 2]) it.shift(low(it, `seg-0000${n}.m4s`), 400);
    },
    broken: ["RFC 8216 §6.2.4"],
  },
  "a track that starts a second late": {
    damage: (it) => {
      for (const n of [0, 1, 2]) it.shift(sound(it, `seg-0000${n}.m4s`), 48_000);
    },
    broken: ["Apple 8.7", "Marquee start"],
  },
  "the last audio segment is missing from its playlist": {
    damage: (it) => it.text(sound(it, "playlist.m3u8"), rename(/#EXTINF:[\d.]+,\nseg-00002.m4s\n/, "")),
    broken: ["Apple 8.3", "Apple 8.7", "Apple 8.22"],
  },
  "a segment's file is gone": {
    damage: (it) => rmSync(path.join(it.folder, sound(it, "seg-00001.m4s"))),
    broken: ["RFC 8216 §6.2.1"],
  },
  "a segment is cut off": {
    damage: (it) => it.bytes(sound(it, "seg-00002.m4s"), (bytes) => bytes.subarray(0, 120)),
    broken: ["RFC 8216 §3.3"],
  },
  "a segment does not start with an IDR picture": {
    damage: (it) =>
      it.bytes(low(it, "seg-00001.m4s"), (bytes) => {
        const { dataOffset, sampleSizes } = parseFragment(bytes.subarray(0, findBox(bytes, ["mdat"]).end));
        const end = dataOffset + (sampleSizes[0] ?? 0);
        for (let at = dataOffset; at < end; at += 4 + bytes.readUInt32BE(at)) {
          const header = bytes.readUInt8(at + 4);
          if ((header & 0x1f) === 5) bytes.writeUInt8((header & 0xe0) | 1, at + 4);
        }
        return undefined;
      }),
    broken: ["Apple 7.4", "Apple 1.13", "RFC 8216 §4.3.3.6"],
  },
  "EXTINF is half a second off": {
    damage: (it) => it.text(low(it, "playlist.m3u8"), rename("#EXTINF:6.000000", "#EXTINF:5.500000")),
    broken: ["Apple 8.1", "Apple 8.7"],
  },
  "the target duration is too short": {
    damage: (it) => {
      for (const name of ["v240p", "v360p", "a0"]) {
        it.text(`${it.rendition(name)}/playlist.m3u8`, rename("TARGETDURATION:6", "TARGETDURATION:5"));
      }
    },
    broken: ["RFC 8216 §4.3.3.1", "Apple 7.5–7.6", "Apple 7.7"],
  },
  "target durations differ": {
    damage: (it) => it.text(sound(it, "playlist.m3u8"), rename("TARGETDURATION:6", "TARGETDURATION:7")),
    broken: ["Apple 7.5–7.6", "Apple 8.2"],
  },
  "no EXT-X-ENDLIST": {
    damage: (it) => it.text(low(it, "playlist.m3u8"), rename("#EXT-X-ENDLIST\n", "")),
    broken: ["RFC 8216 §4.3.3.4"],
  },
  "no EXT-X-PLAYLIST-TYPE": {
    damage: (it) => it.text(low(it, "iframes.m3u8"), rename("#EXT-X-PLAYLIST-TYPE:VOD\n", "")),
    broken: ["Apple 8.6"],
  },
  "no EXT-X-MAP": {
    damage: (it) => it.text(sound(it, "playlist.m3u8"), rename('#EXT-X-MAP:URI="init.mp4"\n', "")),
    broken: ["Apple 8.20"],
  },
  "a segment without EXTINF": {
    damage: (it) => it.text(low(it, "playlist.m3u8"), rename("#EXTINF:2.000000,\n", "")),
    broken: ["RFC 8216 §4", "Apple 8.1", "Apple 8.7", "Apple 1.26"],
  },
  "a discontinuity in one track": {
    damage: (it) =>
      it.text(sound(it, "playlist.m3u8"), (text) =>
        text.replace(/(#EXTINF.*\nseg-00001)/, "#EXT-X-DISCONTINUITY\n$1"),
      ),
    broken: ["Apple 8.15"],
  },
  "another init segment in the middle": {
    damage: (it) => {
      cpSync(path.join(it.folder, low(it, "init.mp4")), path.join(it.folder, low(it, "init2.mp4")));
      it.bytes(low(it, "init2.mp4"), (bytes, view) => {
        view.setUint32(findBox(bytes, ["moov", "mvhd"]).content + 4, 12345);
        return undefined;
      });
      it.text(low(it, "playlist.m3u8"), (text) =>
        text.replace(/(#EXTINF.*\nseg-00001)/, '#EXT-X-MAP:URI="init2.mp4"\n$1'),
      );
    },
    broken: ["RFC 8216 §4.3.2.3"],
  },
  "an edit list shifts the picture": {
    damage: (it) =>
      it.bytes(low(it, "init.mp4"), (bytes) =>
        insertBox(bytes, ["moov", "trak"], boxOf("edts", boxOf("elst", uint32s(0, 1, 0, 1024, 0x10000)))),
      ),
    // 1024 ticks are within a frame: times hold, but players that know no edit lists show something else
    broken: ["Marquee edits"],
  },
  "a track carries user data": {
    damage: (it) =>
      it.bytes(low(it, "init.mp4"), (bytes) =>
        insertBox(bytes, ["moov", "trak"], boxOf("udta", Buffer.alloc(4))),
      ),
    broken: ["Marquee tracks"],
  },
  "sequence numbers start again": {
    damage: (it) =>
      it.bytes(sound(it, "seg-00001.m4s"), (bytes, view) => {
        view.setUint32(findBox(bytes, ["moof", "mfhd"]).content + 4, 1);
        return undefined;
      }),
    broken: ["Marquee sequence"],
  },
  "wrong CODECS": {
    damage: (it) => it.text("main.m3u8", rename(/(STREAM-INF:BANDWIDTH=.*CODECS=")avc1\.64/, "$1avc1.4d")),
    broken: ["RFC 8216 §4.3.4.2 CODECS"],
  },
  "wrong RESOLUTION": {
    damage: (it) =>
      it.text("main.m3u8", rename(/(EXT-X-STREAM-INF.*)RESOLUTION=640x360/, "$1RESOLUTION=640x480")),
    broken: ["Apple 1.33", "RFC 8216 §4.3.4.2 RESOLUTION"],
  },
  "wrong FRAME-RATE": {
    damage: (it) => it.text("main.m3u8", rename("FRAME-RATE=25.000", "FRAME-RATE=30.000")),
    broken: ["RFC 8216 §4.3.4.2 FRAME-RATE"],
  },
  "wrong BANDWIDTH": {
    damage: (it) => it.text("main.m3u8", raise(/(EXT-X-STREAM-INF:BANDWIDTH=)(\d+)/, 1.2)),
    broken: ["Apple 1.27, 9.13"],
  },
  "wrong AVERAGE-BANDWIDTH": {
    damage: (it) => it.text("main.m3u8", raise(/(AVERAGE-BANDWIDTH=)(\d+)/, 0.8)),
    broken: ["Apple 1.26"],
  },
  "wrong BANDWIDTH of I-frames": {
    damage: (it) => it.text("main.m3u8", raise(/(I-FRAME-STREAM-INF:BANDWIDTH=)(\d+)/, 0.8)),
    broken: ["Apple 6.9"],
  },
  "audio without a language": {
    damage: (it) => it.text("main.m3u8", rename('LANGUAGE="en",', "")),
    broken: ["Apple 8.10"],
  },
  "an audio rendition that is called like another": {
    damage: (it) => it.text("main.m3u8", (text) => text.replace(/(#EXT-X-MEDIA.*\n)/, "$1$1")),
    broken: ["RFC 8216 §4.3.4.1.1 names"],
  },
  "a second group that lacks a rendition's name": {
    damage: (it) =>
      it.text("main.m3u8", (text) =>
        text.replace(
          /(#EXT-X-MEDIA.*\n)/,
          (line) =>
            line +
            line.replace(/GROUP-ID="[^"]+"/, 'GROUP-ID="other"').replace(/NAME="[^"]+"/, 'NAME="Other"'),
        ),
      ),
    broken: ["RFC 8216 §4.3.4.1.1 members"],
  },
  "a SUBTITLES group that does not exist": {
    damage: (it) => it.text("main.m3u8", rename("FRAME-RATE=25.000", 'FRAME-RATE=25.000,SUBTITLES="none"')),
    broken: ["RFC 8216 §4.3.4.2 groups"],
  },
  "no EXT-X-INDEPENDENT-SEGMENTS": {
    damage: (it) => it.text("main.m3u8", rename("#EXT-X-INDEPENDENT-SEGMENTS\n", "")),
    broken: ["Apple 9.11", "Apple 9.12"],
  },
  "a variant without the SCORE that others have": {
    damage: (it) => it.text("main.m3u8", rename(/,SCORE=[\d.]+/, "")),
    broken: ["Apple 9.19"],
  },
  "no AVERAGE-BANDWIDTH": {
    damage: (it) => it.text("main.m3u8", rename(/,AVERAGE-BANDWIDTH=\d+/, "")),
    broken: ["Apple 9.14"],
  },
  "no CODECS": {
    damage: (it) => it.text("main.m3u8", rename(/,CODECS="[^"]+"/, "")),
    broken: ["Apple 9.1"],
  },
  "no RESOLUTION": {
    damage: (it) => it.text("main.m3u8", rename(/,RESOLUTION=\d+x\d+/, "")),
    broken: ["Apple 9.2"],
  },
  "no FRAME-RATE": {
    damage: (it) => it.text("main.m3u8", rename(",FRAME-RATE=25.000", "")),
    broken: ["Apple 9.15"],
  },
  "no CODECS of I-frames": {
    damage: (it) => it.text("main.m3u8", rename(/(I-FRAME.*),CODECS="[^"]+"/, "$1")),
    broken: ["Apple 9.3"],
  },
  "no RESOLUTION of I-frames": {
    damage: (it) => it.text("main.m3u8", rename(/(I-FRAME.*),RESOLUTION=\d+x\d+/, "$1")),
    broken: ["Apple 9.4"],
  },
  "HDR in one variant that others do not answer": {
    damage: (it) => it.text("main.m3u8", rename("FRAME-RATE=25.000", "FRAME-RATE=25.000,VIDEO-RANGE=PQ")),
    broken: ["Apple 9.16"],
  },
  "HDR in all variants": {
    damage: (it) => it.text("main.m3u8", rename(/FRAME-RATE=25.000/g, "FRAME-RATE=25.000,VIDEO-RANGE=HLG")),
    broken: ["Apple 1.24"],
  },
  "content steering without a pathway": {
    damage: (it) =>
      it.text("main.m3u8", rename("#EXT-X-INDEP", '#EXT-X-CONTENT-STEERING:SERVER-URI="/s"\n#EXT-X-INDEP')),
    broken: ["Apple 9.18"],
  },
  "one variant": {
    damage: (it) => it.text("main.m3u8", rename(/#EXT-X-STREAM-INF.*426x240.*\n.*\n/, "")),
    broken: ["Apple 9.9"],
  },
  "the wrong variant first": {
    damage: (it) =>
      it.text("main.m3u8", rename(/(#EXT-X-STREAM-INF.*640x360.*\n.*\n)(#EXT-X-STREAM-INF.*\n.*\n)/, "$2$1")),
    broken: ["Apple 1.32"],
  },
  "one I-frame playlist": {
    damage: (it) => it.text("main.m3u8", rename(/#EXT-X-I-FRAME.*640x360.*\n/, "")),
    broken: ["Apple 6.6"],
  },
  "no I-frame playlists": {
    damage: (it) => it.text("main.m3u8", rename(/#EXT-X-I-FRAME.*\n/g, "")),
    broken: ["Apple 6.1"],
  },
  "an I-frame playlist that does not say so": {
    damage: (it) => it.text(low(it, "iframes.m3u8"), rename("#EXT-X-I-FRAMES-ONLY\n", "")),
    broken: ["Apple 6.8"],
  },
  "an I-frame's range ends too early": {
    damage: (it) => it.text(low(it, "iframes.m3u8"), addTo(/(BYTERANGE:)(\d+)(@0)/, -10)),
    broken: ["RFC 8216 §4.3.3.6"],
  },
  "an I-frame's range ends too late": {
    damage: (it) => it.text(low(it, "iframes.m3u8"), addTo(/(BYTERANGE:)(\d+)(@0)/, 10)),
    broken: ["Marquee ranges"],
  },
  "an I-frame's range starts in the wrong place": {
    damage: (it) => it.text(low(it, "iframes.m3u8"), addTo(/(BYTERANGE:\d+@)(0)/, 40)),
    broken: ["Apple 6.10"],
  },
};

/** Adds a subtitle track: one segment that names the whole title, unless told otherwise. */
function addSubtitles(
  it: DamagedFolder,
  options: { seconds?: number; map?: boolean; attributes?: string },
): void {
  const { seconds = 14, map = true, attributes = "AUTOSELECT=YES" } = options;
  const write = (file: string, text: string): void => writeFileSync(path.join(it.folder, file), text);
  write(
    "text.vtt",
    `WEBVTT\n${map ? "X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n" : ""}\n00:01.000 --> 00:02.000\nHi\n`,
  );
  write(
    "text.m3u8",
    `#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:14\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF:${seconds}.0,\ntext.vtt\n#EXT-X-ENDLIST\n`,
  );
  const media = `#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="English",LANGUAGE="en",URI="text.m3u8",${attributes}\n`;
  it.text("main.m3u8", (text) =>
    text.replace("#EXT-X-MEDIA", `${media}#EXT-X-MEDIA`).replaceAll("FRAME-RATE", 'SUBTITLES="s",FRAME-RATE'),
  );
}

const captions = 'CHARACTERISTICS="public.accessibility.transcribes-spoken-dialog"';

Object.assign(damages, {
  "subtitles, and nothing is wrong": { damage: (it) => addSubtitles(it, {}), broken: [] },
  "subtitles without X-TIMESTAMP-MAP": {
    damage: (it) => addSubtitles(it, { map: false }),
    broken: ["Apple 5.3"],
  },
  "subtitles that end early": {
    damage: (it) => addSubtitles(it, { seconds: 9 }),
    broken: ["Apple 5.5", "Apple 8.7"],
  },
  "captions that no player chooses": {
    damage: (it) => addSubtitles(it, { attributes: captions }),
    broken: ["Apple 4.6"],
  },
  "forced subtitles that no player chooses": {
    damage: (it) => addSubtitles(it, { attributes: "FORCED=YES" }),
    broken: ["Apple 5.11"],
  },
} satisfies typeof damages);

for (const [name, { damage, broken }] of Object.entries(damages)) {
  test(`${name}: ${broken.join("; ")}`, async () => {
    const folder = mkdtempSync(path.join(scratch, "damaged-"));
    cpSync(good, folder, { recursive: true });
    damage(new DamagedFolder(folder));
    expect((await brokenIn(folder)).toSorted()).toEqual(broken.toSorted());
  });
}

function raise(pattern: RegExp, factor: number) {
  return (text: string) =>
    text.replace(pattern, (_, head: string, value: string) => `${head}${Math.round(Number(value) * factor)}`);
}

function addTo(pattern: RegExp, more: number) {
  return (text: string) =>
    text.replace(
      pattern,
      (_, head: string, value: string, tail: string | number) =>
        `${head}${Number(value) + more}${typeof tail === "string" ? tail : ""}`,
    );
}

function boxOf(type: string, content: Buffer): Buffer {
  return Buffer.concat([uint32s(content.byteLength + 8), Buffer.from(type, "latin1"), content]);
}

function uint32s(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [n, value] of values.entries()) bytes.writeUInt32BE(value, n * 4);
  return bytes;
}
