/** MP4 files that no muxer would write: boxes (ISO/IEC 14496-12 §4.2) from nothing but sizes, names and bytes. */

/** A box: 32-bit size, four letters, content. */
export function box(name: string, ...content: Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.byteLength + 8);
  head.write(name, 4, "latin1");
  return Buffer.concat([head, body]);
}

/** 32-bit numbers, big endian. */
export function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
}

const fileType = box("ftyp", Buffer.from("isom"), words(512), Buffer.from("isomiso2mp41"));
const unity = words(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);

function movieHeader(seconds: number, tracks: number): Buffer {
  const rateAndVolume = Buffer.concat([words(0x10000), Buffer.from([1, 0]), Buffer.alloc(10)]);
  const rest = Buffer.concat([rateAndVolume, unity, Buffer.alloc(24), words(tracks + 1)]);
  return box("mvhd", words(0, 0, 0, 1000, seconds * 1000), rest);
}

/** A file that is media alone, without the index that says what it is. */
export function withoutIndex(seed: number): Buffer {
  return Buffer.concat([fileType, box("mdat", words(...Array.from({ length: 14 }, (_, nth) => seed + nth)))]);
}

/** A file whose index is one box in another, `depth` times. */
export function deepBoxes(depth: number): Buffer {
  const size = 8;
  const nested = Buffer.alloc(depth * size);
  for (let level = 0; level < depth; level++) {
    nested.writeUInt32BE((depth - level) * size, level * size);
    nested.write(level % 2 === 0 ? "trak" : "udta", level * size + 4, "latin1");
  }
  return Buffer.concat([fileType, box("moov", movieHeader(4, 1), nested), box("mdat", Buffer.alloc(64))]);
}

/** A file whose index has this many tracks of pictures, each with one sample. */
export function manyTracks(count: number): Buffer {
  const track = (id: number): Buffer =>
    box(
      "trak",
      box("tkhd", words(7, 0, 0, id, 0, 1000, 0, 0, 0, 0), unity, words(64 << 16, 64 << 16)),
      box(
        "mdia",
        box("mdhd", words(0, 0, 0, 1000, 1000, 0x55c40000)),
        box("hdlr", words(0, 0), Buffer.from("vide"), words(0, 0, 0), Buffer.from("v\0")),
        box("minf", box("vmhd", words(1, 0, 0)), sampleTable()),
      ),
    );
  const tracks = Array.from({ length: count }, (_, index) => track(index + 1));
  return Buffer.concat([
    fileType,
    box("mdat", Buffer.alloc(64)),
    box("moov", movieHeader(1, count), ...tracks),
  ]);
}

function sampleTable(): Buffer {
  const entry = Buffer.alloc(78);
  entry.writeUInt16BE(1, 6); // data_reference_index
  entry.writeUInt16BE(64, 24); // width
  entry.writeUInt16BE(64, 26); // height
  return box(
    "stbl",
    box("stsd", words(0, 1), box("mp4v", entry)),
    box("stts", words(0, 1, 1, 1000)),
    box("stsc", words(0, 1, 1, 1, 1)),
    box("stsz", words(0, 64, 1)),
    box("stco", words(0, 1, fileType.byteLength + 8)),
  );
}
