/** An init segment (ISO/IEC 14496-12 `moov`) as facts. */
import { createHash } from "node:crypto";
import { type Box, childBoxes, findBox } from "../../../containers/transcoder/isobmff/boxes.ts";
import { readSampleEntry, type SampleEntry } from "./read-sample-entry.ts";

/** One track of an init segment. */
export interface InitTrack {
  id: number;
  /** `vide`, `soun`, `text`, `subt`, `tmcd` and so on. */
  handler: string;
  /** Ticks per second. */
  timescale: number;
  /** Size to show it at, pixels (`tkhd`). */
  width: number;
  height: number;
  entry: SampleEntry;
  /** `elst`: ticks of the track's timescale where each edit starts; -1 is an empty edit. */
  edits: { mediaTime: number }[];
  /** `trex`: what fragments leave out. */
  defaults: SampleDefaults;
}

/** The defaults of a track's samples, for fragments that state none. */
export interface SampleDefaults {
  duration: number;
  size: number;
  flags: number;
}

/** An init segment. */
export interface Init {
  /** SHA-256, hex. */
  digest: string;
  tracks: InitTrack[];
  /** A track carries `udta`: names and places that some encoders copy from the source. */
  hasUserData: boolean;
}

/** @throws Error when it is no whole `moov` that can be understood. */
export function readInit(bytes: Uint8Array): Init {
  const moov = findBox(bytes, ["moov"]);
  const parts = childBoxes(bytes, moov.content, moov.end);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const mvex = parts.find((box) => box.type === "mvex");
  const trex = mvex === undefined ? [] : childBoxes(bytes, mvex.content, mvex.end);
  const defaults = new Map(
    trex.flatMap(({ type, content }): [number, SampleDefaults][] =>
      type === "trex"
        ? [
            [
              view.getUint32(content + 4),
              {
                duration: view.getUint32(content + 12),
                size: view.getUint32(content + 16),
                flags: view.getUint32(content + 20),
              },
            ],
          ]
        : [],
    ),
  );
  const traks = parts.filter((box) => box.type === "trak");
  return {
    digest: createHash("sha256").update(bytes).digest("hex"),
    tracks: traks.map((trak) => readTrack(bytes, view, trak, defaults)),
    hasUserData: traks.some((trak) =>
      childBoxes(bytes, trak.content, trak.end).some((box) => box.type === "udta"),
    ),
  };
}

function readTrack(
  bytes: Uint8Array,
  view: DataView,
  trak: Box,
  defaults: Map<number, SampleDefaults>,
): InitTrack {
  const find = (...path: string[]): Box => findBox(bytes, path, trak.content, trak.end);
  const tkhd = find("tkhd");
  const mdhd = find("mdia", "mdhd");
  const hdlr = find("mdia", "hdlr");
  const stsd = find("mdia", "minf", "stbl", "stsd");
  const id = view.getUint32(tkhd.content + (view.getUint8(tkhd.content) === 1 ? 20 : 12));
  const handler = Buffer.from(bytes.subarray(hdlr.content + 8, hdlr.content + 12)).toString("latin1");
  const entry = childBoxes(bytes, stsd.content + 8, stsd.end)[0];
  if (entry === undefined) throw new Error(`track ${id} has no sample entry`);
  return {
    id,
    handler,
    timescale: view.getUint32(mdhd.content + (view.getUint8(mdhd.content) === 1 ? 20 : 12)),
    // 16.16 fixed point, the last two fields of the box
    width: view.getUint32(tkhd.end - 8) / 65536,
    height: view.getUint32(tkhd.end - 4) / 65536,
    entry: readSampleEntry(bytes, entry, handler),
    edits: readEdits(bytes, view, trak),
    defaults: defaults.get(id) ?? { duration: 0, size: 0, flags: 0 },
  };
}

function readEdits(bytes: Uint8Array, view: DataView, trak: Box): InitTrack["edits"] {
  const edts = childBoxes(bytes, trak.content, trak.end).find((box) => box.type === "edts");
  if (edts === undefined) return [];
  const elst = findBox(bytes, ["elst"], edts.content, edts.end);
  const is64 = view.getUint8(elst.content) === 1;
  return Array.from({ length: view.getUint32(elst.content + 4) }, (_, n) => {
    const at = elst.content + 8 + n * (is64 ? 20 : 12);
    return { mediaTime: is64 ? Number(view.getBigInt64(at + 8)) : view.getInt32(at + 4) };
  });
}
