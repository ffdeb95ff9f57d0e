/** The parts of an H.264 sequence parameter set that a conformance check needs (ISO/IEC 14496-10 §7.3.2.1.1 and annex E). */

/** The picture that the parameter set describes. */
export interface AvcParameterSet {
  profileIdc: number;
  /** Ten times the level: 31 is 3.1. */
  levelIdc: number;
  /** Size after cropping, pixels. */
  width: number;
  height: number;
  referenceFrames: number;
  /** Every picture is a frame: no fields, so no interlaced coding tools. */
  framesOnly: boolean;
  /** Codes of ISO/IEC 23091-2; null when the parameter set does not say. */
  colourPrimaries: number | null;
  transfer: number | null;
}

/** Profiles whose parameter sets say more about chroma and scaling. */
const highProfiles = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];
const extendedAspect = 255;
const macroblock = 16;

/** @param unit the NAL unit with its one-byte header. @throws RangeError when it ends too early. */
export function readAvcParameterSet(unit: Uint8Array): AvcParameterSet {
  const bits = new BitReader(withoutEmulationPrevention(unit.subarray(1)));
  const profileIdc = bits.read(8);
  bits.read(8);
  const levelIdc = bits.read(8);
  bits.golomb();
  const chromaFormat = highProfiles.includes(profileIdc) ? readHighFields(bits) : 1;
  bits.golomb(); // log2_max_frame_num_minus4
  skipPictureOrder(bits);
  const referenceFrames = bits.golomb();
  bits.read(1);
  const columns = bits.golomb() + 1;
  const mapRows = bits.golomb() + 1;
  const framesOnly = bits.read(1) === 1;
  if (!framesOnly) bits.read(1);
  bits.read(1);
  const rows = mapRows * (framesOnly ? 1 : 2);
  const [left, right, top, bottom] =
    bits.read(1) === 1
      ? [bits.golomb(), bits.golomb(), bits.golomb(), bits.golomb()]
      : ([0, 0, 0, 0] as const);
  const cropX = chromaFormat === 1 || chromaFormat === 2 ? 2 : 1;
  const cropY = (chromaFormat === 1 ? 2 : 1) * (framesOnly ? 1 : 2);
  const colour = bits.read(1) === 1 ? readColour(bits) : null;
  return {
    profileIdc,
    levelIdc,
    width: columns * macroblock - cropX * (left + right),
    height: rows * macroblock - cropY * (top + bottom),
    referenceFrames,
    framesOnly,
    colourPrimaries: colour?.primaries ?? null,
    transfer: colour?.transfer ?? null,
  };
}

/** @returns chroma_format_idc */
function readHighFields(bits: BitReader): number {
  const chromaFormat = bits.golomb();
  if (chromaFormat === 3) bits.read(1);
  bits.golomb();
  bits.golomb();
  bits.read(1);
  if (bits.read(1) === 1) {
    for (let list = 0; list < (chromaFormat === 3 ? 12 : 8); list++) {
      if (bits.read(1) === 1) skipScalingList(bits, list < 6 ? 16 : 64);
    }
  }
  return chromaFormat;
}

function skipScalingList(bits: BitReader, size: number): void {
  let last = 8;
  for (let n = 0, next = 8; n < size && next !== 0; n++) {
    next = (last + bits.signedGolomb() + 256) % 256;
    if (next !== 0) last = next;
  }
}

function skipPictureOrder(bits: BitReader): void {
  const type = bits.golomb();
  if (type === 0) bits.golomb();
  if (type !== 1) return;
  bits.read(1);
  bits.golomb();
  bits.golomb();
  for (let left = bits.golomb(); left > 0; left--) bits.golomb();
}

function readColour(bits: BitReader): { primaries: number; transfer: number } | null {
  if (bits.read(1) === 1 && bits.read(8) === extendedAspect) bits.read(32);
  if (bits.read(1) === 1) bits.read(1);
  if (bits.read(1) === 0) return null;
  bits.read(4);
  if (bits.read(1) === 0) return null;
  return { primaries: bits.read(8), transfer: bits.read(8) };
}

/** Takes out the 3 of each 0, 0, 3 (§7.4.1.1). */
function withoutEmulationPrevention(bytes: Uint8Array): Uint8Array {
  return bytes.filter((byte, n) => !(byte === 3 && n >= 2 && bytes[n - 1] === 0 && bytes[n - 2] === 0));
}

class BitReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(count: number): number {
    let value = 0;
    for (let n = 0; n < count; n++) {
      const byte = this.#bytes[this.#position >> 3];
      if (byte === undefined) throw new RangeError("the parameter set ends too early");
      value = value * 2 + ((byte >> (7 - (this.#position & 7))) & 1);
      this.#position++;
    }
    return value;
  }

  /** ue(v), §9.1 */
  golomb(): number {
    let zeros = 0;
    while (this.read(1) === 0) zeros++;
    return 2 ** zeros - 1 + this.read(zeros);
  }

  /** se(v), §9.1.1 */
  signedGolomb(): number {
    const code = this.golomb();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
}
