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

/**
 * Audio codecs by the name that plans use: `codecs` the RFC 6381 string, `sampleEntry` and `configurationBox` the boxes that
 * an init segment has of it, `frameSamples` the samples of a frame, `encoderArguments` FFmpeg's.
 *
 * `layouts`: the renditions of a track, most widely played first. `prefix` begins their keys, and no two may share one;
 * sources below `sourceChannels` don't get one. AAC-LC (ISO/IEC 14496-3) as Apple's authoring specification has it: 2.3, and
 * 320 kbit/s for 5.1. Without `noise=drop` its priming frame gives a first decode time of 2^64 - 1024.
 */
export const audioCodecs = {
  aac: {
    codecs: "mp4a.40.2",
    sampleEntry: "mp4a",
    configurationBox: "esds",
    frameSamples: 1024,
    encoderArguments: ["-c:a", "aac", "-bsf:a", "noise=drop=eq(n\\,0)"],
    layouts: [
      { prefix: "a", channels: 2, bitrateKbps: 128, sourceChannels: 1 },
      { prefix: "s", channels: 6, bitrateKbps: 320, sourceChannels: 6 },
    ],
  },
} as const;

/** A key of {@link audioCodecs}. */
export type AudioCodec = keyof typeof audioCodecs;

/** All audio codecs; the first is in every film, because every device plays it. */
export const audioCodecNames = ["aac"] as const satisfies readonly AudioCodec[];

/** The sample rate of all audio, Hz. */
export const sampleRate = 48_000;
