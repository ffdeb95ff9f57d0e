/** The codecs that renditions are encoded in. */

/**
 * Video codecs by the name that plans use: `title` for people, `sampleEntry` as RFC 6381 strings begin with, `crf` the
 * quality that all of them look alike at, `rateShare` of H.264's bit rate that they take for it, and FFmpeg's encoder.
 */
export const videoCodecs = {
  h264: { title: "H.264", sampleEntry: "avc1", crf: 23, rateShare: 1, encoder: "libx264" },
  hevc: { title: "HEVC", sampleEntry: "hvc1", crf: 26, rateShare: 0.7, encoder: "libx265" },
  av1: { title: "AV1", sampleEntry: "av01", crf: 34, rateShare: 0.65, encoder: "libsvtav1" },
} as const;

/** A key of {@link videoCodecs}. */
export type VideoCodec = keyof typeof videoCodecs;

/** All video codecs; the first is in every ladder, because every device plays it. */
export const videoCodecNames = ["h264", "hevc", "av1"] as const satisfies readonly VideoCodec[];

/** A rendition of an audio track: `prefix` begins its key; sources below `sourceChannels` don't get one. */
interface AudioLayout {
  prefix: string;
  channels: 2 | 6;
  bitrateKbps: number;
  sourceChannels: number;
}

/** What all parts of the service know of an audio codec. */
interface AudioCodecFacts {
  /** For people. */
  title: string;
  /**
   * Every device plays it: films always have it, and play as soon as their stereo is there in it. Another codec comes only
   * where a recipe asks for it, with the rest of the film, and a film can do without.
   */
  isOrdinary: boolean;
  /** The RFC 6381 string. */
  codecs: string;
  /** Boxes that an init segment has of it. */
  sampleEntry: string;
  configurationBox: string;
  /** Samples of a frame. */
  frameSamples: number;
  /** Samples by which FFmpeg's encoder is behind its input: they come before the first one of the film, and are cut off. */
  primingSamples: number;
  /** FFmpeg's encoder and its options. */
  encoderArguments: readonly string[];
  /** FFmpeg's flags of the MP4 muxer. */
  muxerFlags: string;
  /** About how many times faster than it plays stereo is measured and encoded, by one processor. */
  speed: number;
  /** The renditions of a track, most widely played first. No two of all codecs may share a prefix. */
  layouts: readonly AudioLayout[];
}

/**
 * Audio codecs by the name that plans use, ordinary ones first. AAC-LC (ISO/IEC 14496-3) as Apple's authoring specification has
 * it: 2.3, and 320 kbit/s for 5.1. Opus (RFC 6716, in frames of 20 ms) sounds at 96 kbit/s as AAC does at 128.
 */
export const audioCodecs = {
  aac: {
    title: "AAC",
    isOrdinary: true,
    codecs: "mp4a.40.2",
    sampleEntry: "mp4a",
    configurationBox: "esds",
    frameSamples: 1024,
    primingSamples: 1024,
    encoderArguments: ["-c:a", "aac"],
    muxerFlags: "+cmaf+frag_discont",
    speed: 40,
    layouts: [
      { prefix: "a", channels: 2, bitrateKbps: 128, sourceChannels: 1 },
      { prefix: "s", channels: 6, bitrateKbps: 320, sourceChannels: 6 },
    ],
  },
  opus: {
    title: "Opus",
    isOrdinary: false,
    codecs: "Opus",
    sampleEntry: "Opus",
    configurationBox: "dOps",
    frameSamples: 960,
    primingSamples: 312,
    encoderArguments: ["-c:a", "libopus"],
    muxerFlags: "+cmaf+frag_discont",
    speed: 60,
    layouts: [{ prefix: "o", channels: 2, bitrateKbps: 96, sourceChannels: 1 }],
  },
} as const satisfies Record<string, AudioCodecFacts>;

/** A key of {@link audioCodecs}. */
export type AudioCodec = keyof typeof audioCodecs;

/** All audio codecs, in the table's order. */
export const audioCodecNames = Object.keys(audioCodecs) as AudioCodec[];

/** The audio codecs that are in every film. */
export const ordinaryAudioCodecs = audioCodecNames.filter((codec) => audioCodecs[codec].isOrdinary);

/** Checks whether a film needs a track to play: stereo in a codec that every device plays. */
export function isNeededToPlay({ codec, channels }: { codec: AudioCodec; channels: number }): boolean {
  return audioCodecs[codec].isOrdinary && channels === 2;
}

/** The sample rate of all audio, Hz. */
export const sampleRate = 48_000;
