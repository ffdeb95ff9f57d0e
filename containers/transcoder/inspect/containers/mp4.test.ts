/** Where an index may hide: wherever FFmpeg would find it, it is checked, or the film is refused. */
import { readFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { box } from "../../../../test/support/transcoder/break-film.ts";
import { makeFilm, testPicture } from "../../../../test/support/transcoder/make-film.ts";
import { childBoxes } from "../../isobmff/boxes.ts";
import { maxMoovBytes } from "../../task/limits.ts";
import { checkMp4 } from "./mp4.ts";

const h264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"];
const protection = [
  ...["-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "76a6c65c5ea762046bd749a2e632ccbb"],
  ...["-encryption_kid", "a7e61c373e219033c21091fa607bf3b8"],
];
const plain = (): Buffer => readFileSync(makeFilm("mp4", [...testPicture({ seconds: 3 }), ...h264]));
const locked = (): Buffer =>
  readFileSync(makeFilm("mp4", [...testPicture({ seconds: 3 }), ...h264, ...protection]));

/** A film's boxes by their types: `ftyp`, `free`, `mdat`, `moov` as FFmpeg writes them. */
function boxesOf(film: Buffer): Record<string, Buffer> {
  return Object.fromEntries(
    childBoxes(film, 0, film.byteLength).map(({ type, start, end }) => [type, film.subarray(start, end)]),
  );
}

/** The film with another index, which comes last. */
function withIndex(film: Buffer, index: (moov: Buffer) => Buffer): Buffer {
  const { ftyp, mdat, moov } = boxesOf(film);
  if (ftyp === undefined || mdat === undefined || moov === undefined)
    throw new Error("not as FFmpeg writes it");
  return Buffer.concat([ftyp, mdat, index(moov)]);
}

/** QuickTime's compressed form of an index. */
function compressed(moov: Buffer, packed: Buffer = deflateSync(moov)): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(moov.byteLength);
  const data = box("cmvd", Buffer.concat([size, packed]));
  return box("moov", box("cmov", Buffer.concat([box("dcom", Buffer.from("zlib")), data])));
}

function renamed(moov: Buffer, type: string): Buffer {
  const copy = Buffer.from(moov);
  copy.write(type, 4, "latin1");
  return copy;
}

async function check(film: Buffer): Promise<string> {
  const read = async (start: number, end: number): Promise<Uint8Array> => film.subarray(start, end);
  return await checkMp4(film.byteLength, read).then(
    () => "fine",
    (error: { code?: string }) => error.code ?? String(error),
  );
}

const many = (count: number): Buffer => Buffer.concat(Array.from({ length: count }, () => box("free")));

const films: Record<string, [make: () => Buffer, expected: string]> = {
  "an ordinary film": [plain, "fine"],
  "a compressed index": [() => withIndex(plain(), compressed), "fine"],
  "a fragmented film of thousands of boxes": [
    () => Buffer.concat([withIndex(plain(), (moov) => moov), many(2000)]),
    "fine",
  ],
  "a protected film": [locked, "encrypted"],
  "a protected film behind more boxes than are walked": [
    () => withIndex(locked(), (moov) => Buffer.concat([many(600), moov])),
    "damaged",
  ],
  "a protected film behind a box without a length that can be": [
    () =>
      withIndex(locked(), (moov) => Buffer.concat([Buffer.from([0, 0, 0, 4, 0x66, 0x72, 0x65, 0x65]), moov])),
    "damaged",
  ],
  "a protected film with a compressed index": [() => withIndex(locked(), compressed), "encrypted"],
  "a compressed index behind other boxes": [
    () =>
      withIndex(locked(), (moov) => box("moov", Buffer.concat([box("udta"), compressed(moov).subarray(8)]))),
    "encrypted",
  ],
  "an index in a box called `hoov`": [
    () => withIndex(locked(), (moov) => renamed(moov, "hoov")),
    "encrypted",
  ],
  "an index in a box called `free`": [
    () => withIndex(locked(), (moov) => renamed(moov, "free")),
    "encrypted",
  ],
  "a plain index in `free` before a protected one": [
    () =>
      withIndex(locked(), (moov) => Buffer.concat([renamed(boxesOf(plain()).moov ?? moov, "free"), moov])),
    "encrypted",
  ],
  "tracks outside of an index": [
    () => withIndex(locked(), (moov) => moov.subarray(moov.indexOf("trak") - 4)),
    "damaged",
  ],
  "a compressed index that isn't one": [
    () => withIndex(plain(), (moov) => compressed(moov, Buffer.from("no zlib"))),
    "damaged",
  ],
  "a compressed index that unpacks to more than any film's": [
    () => withIndex(plain(), (moov) => compressed(moov, deflateSync(Buffer.alloc(maxMoovBytes + 1)))),
    "too_large",
  ],
};

test.each(Object.entries(films))("%s", async (_, [make, expected]) => {
  expect(await check(make())).toBe(expected);
});
