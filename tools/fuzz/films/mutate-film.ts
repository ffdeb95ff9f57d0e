/** Changes a film's bytes as damage, and as ill will, would: pure, and the same for the same draws. */
import type { Random } from "../../../test/support/random.ts";

/** A changed film, and what was done to it, for a person. */
export interface Mutant {
  bytes: Buffer;
  changes: string[];
}

/** Words beside which containers keep their lengths, counts, sizes and clocks. */
const marks = [
  ...[
    "ftyp",
    "moov",
    "mvhd",
    "trak",
    "tkhd",
    "edts",
    "elst",
    "mdia",
    "mdhd",
    "hdlr",
    "minf",
    "stbl",
    "stsd",
    "stts",
  ],
  ...[
    "ctts",
    "stss",
    "stsc",
    "stsz",
    "stco",
    "co64",
    "avcC",
    "esds",
    "tx3g",
    "mdat",
    "moof",
    "mfhd",
    "tfhd",
    "tfdt",
  ],
  ...[
    "trun",
    "sidx",
    "mfra",
    "udta",
    "meta",
    "RIFF",
    "LIST",
    "hdrl",
    "avih",
    "strh",
    "strf",
    "movi",
    "idx1",
    "00dc",
  ],
  ...[
    "01wb",
    "FLV\x01",
    "onMetaData",
    "duration",
    "\x1a\x45\xdf\xa3",
    "\x11\x4d\x9b\x74",
    "\x15\x49\xa9\x66",
  ],
  ...[
    "\x16\x54\xae\x6b",
    "\x1f\x43\xb6\x75",
    "\x1c\x53\xbb\x6b",
    "\x18\x53\x80\x67",
    "\x63\xa2",
    "\x44\x89",
    "\x2a\xd7\xb1",
  ],
  ...[
    "\x00\x00\x01\xe0",
    "\x00\x00\x01\xc0",
    "\x00\x00\x01\x67",
    "\x00\x00\x01\x68",
    "\x00\x00\x01\x65",
    "\x30\x26\xb2\x75",
  ],
  ...["\xa1\xdc\xab\x8c", "\x91\x07\xdc\xb7", "\x36\x26\xb2\x75"],
] as const;

const values = [
  0, 1, 2, 7, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
] as const;

/** Changes the film in one to six places. */
export function mutateFilm(film: Buffer, random: Random): Mutant {
  let bytes: Buffer = Buffer.from(film);
  const changes: string[] = [];
  const count = random.once(2) ? 1 : 1 + random.below(6);
  while (changes.length < count && bytes.length > 16) {
    const [changed, what] = changeOnce(bytes, random);
    bytes = changed;
    changes.push(what);
  }
  return { bytes, changes };
}

function changeOnce(bytes: Buffer, random: Random): [Buffer, string] {
  const at = drawPlace(bytes, random);
  const length = Math.min(bytes.length - at, 1 + random.below(random.once(3) ? bytes.length : 200));
  const range = `${length} bytes at ${at}`;
  switch (random.below(12)) {
    case 0:
    case 1: {
      const bit = random.below(8);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
      return [bytes, `bit ${bit} of byte ${at} flipped`];
    }
    case 2:
      return [Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]), `${range} cut out`];
    case 3:
      return [Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]), `${range} doubled`];
    case 4:
      return [bytes.subarray(0, at), `truncated to ${at} bytes`];
    case 5:
      return [bytes.fill(random.pick([0, 0xff, 0x47, 0x80]), at, at + length), `${range} overwritten`];
    case 6: {
      const other = drawPlace(bytes, random);
      const piece = Buffer.from(bytes.subarray(other, other + length));
      piece.copy(bytes, at);
      return [bytes, `${piece.length} bytes of ${other} copied to ${at}`];
    }
    case 7: {
      const noise = Buffer.from(Array.from({ length: Math.min(length, 300) }, () => random.below(256)));
      return [
        Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]),
        `${noise.length} bytes of noise put in at ${at}`,
      ];
    }
    default:
      return [bytes, changeField(bytes, random)];
  }
}

/** Writes an extreme number, or one near the old one, where a field of a structure may be. */
function changeField(bytes: Buffer, random: Random): string {
  const at = Math.min(
    bytes.length - 8,
    Math.max(0, drawMark(bytes, random) + random.pick([-4, -4, -2, -1, 1, 2, 4, 4, 8, 12, 16, 20, 24])),
  );
  const size = random.pick([1, 2, 4, 4, 8]);
  const last = at + size - 4;
  if (size < 4 || last < 0) {
    bytes[at] = random.once(2) ? random.pick([0, 1, 0x7f, 0x80, 0xff]) : random.below(256);
    return `byte ${at} set to ${bytes[at]}`;
  }
  const old = bytes.readUInt32BE(last);
  const value = random.once(3) ? (old + random.below(33) - 16) >>> 0 : random.pick(values);
  if (random.once(2)) bytes.writeUInt32BE(value, last);
  else bytes.writeUInt32LE(value, last);
  if (size === 8) bytes.writeUInt32BE(random.pick([0, 1, 0x7fffffff, 0xffffffff]), at);
  return `field of ${size} bytes at ${at}: ${old} became ${value}`;
}

/** A place: half of the time in or near a structure, where damage does more than to pictures. */
function drawPlace(bytes: Buffer, random: Random): number {
  if (random.once(3)) return Math.min(bytes.length - 1, random.below(Math.min(bytes.length, 4096)));
  if (random.once(2))
    return Math.min(bytes.length - 1, Math.max(0, drawMark(bytes, random) + random.below(64) - 8));
  return random.below(bytes.length);
}

/** Place of one of the words that are there. */
function drawMark(bytes: Buffer, random: Random): number {
  for (let tries = 0; tries < 60; tries++) {
    const mark = Buffer.from(random.pick(marks), "latin1");
    const first = bytes.indexOf(mark, random.once(2) ? 0 : random.below(bytes.length));
    if (first >= 0) return first;
  }
  // Packets of MPEG-TS: PES and sections begin in their first bytes.
  return 188 * random.below(Math.max(1, Math.floor(bytes.length / 188))) + random.below(20);
}
