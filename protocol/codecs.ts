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

/** AAC-LC, the one audio codec: its RFC 6381 string, and the samples of a frame (ISO/IEC 14496-3). */
export const aac = { codecs: "mp4a.40.2", sampleEntry: "mp4a", frameSamples: 1024, encoder: "aac" } as const;

/** The sample rate of all audio, Hz. */
export const sampleRate = 48_000;
