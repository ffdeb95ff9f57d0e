/**
 * Reads HLS playlists (RFC 8216) back as typed values. Every playlist is read back before it is published or asserted on, so
 * that one that players would stumble over is never taken for a good one.
 */
import { Parser } from "m3u8-parser";
import { z } from "zod";

/** A run of bytes in a resource. */
const byteRange = z.object({ length: z.number().int().positive(), offset: z.number().int().nonnegative() });

const segment = z
  .object({
    uri: z.string().min(1),
    duration: z.number().positive(),
    byterange: byteRange.optional(),
    map: z.object({ uri: z.string().min(1), byterange: byteRange.optional() }).optional(),
  })
  .transform(({ byterange, map, ...rest }) => ({
    ...rest,
    byteRange: byterange ?? null,
    map: map === undefined ? null : { uri: map.uri, byteRange: map.byterange ?? null },
  }));

const mediaManifest = z
  .object({
    version: z.number().int().default(1),
    targetDuration: z.number().int().positive(),
    mediaSequence: z.number().int().nonnegative().default(0),
    playlistType: z.enum(["VOD", "EVENT"]).nullish().default(null),
    endList: z.boolean().default(false),
    iFramesOnly: z.boolean().default(false),
    independentSegments: z.boolean().default(false),
    segments: z.array(segment),
  })
  .transform((playlist) => ({ kind: "media" as const, ...playlist }));

const resolution = z.object({ width: z.number().int().positive(), height: z.number().int().positive() });

const stream = z
  .object({
    BANDWIDTH: z.number().int().positive(),
    "AVERAGE-BANDWIDTH": z.coerce.number().int().positive().optional(),
    CODECS: z.string().optional(),
    RESOLUTION: resolution.optional(),
    "FRAME-RATE": z.number().positive().optional(),
    AUDIO: z.string().optional(),
    SUBTITLES: z.string().optional(),
  })
  .transform((attributes) => ({
    bandwidth: attributes.BANDWIDTH,
    averageBandwidth: attributes["AVERAGE-BANDWIDTH"] ?? null,
    codecs: attributes.CODECS?.split(",") ?? [],
    resolution: attributes.RESOLUTION ?? null,
    frameRate: attributes["FRAME-RATE"] ?? null,
    audioGroup: attributes.AUDIO ?? null,
    subtitleGroup: attributes.SUBTITLES ?? null,
  }));

const streamEntry = z
  .object({ uri: z.string().min(1), attributes: stream })
  .transform(({ uri, attributes }) => ({ uri, ...attributes }));

const alternative = z
  .object({
    uri: z.string().min(1).optional(),
    language: z.string().optional(),
    default: z.boolean(),
    autoselect: z.boolean(),
    forced: z.boolean().default(false),
    characteristics: z.string().optional(),
  })
  .transform((media) => ({
    ...media,
    uri: media.uri ?? null,
    language: media.language ?? null,
    characteristics: media.characteristics?.split(",") ?? [],
  }));

const group = z.record(z.string(), z.record(z.string(), alternative));

const multivariantManifest = z
  .object({
    version: z.number().int().default(1),
    independentSegments: z.boolean().default(false),
    playlists: z.array(streamEntry).min(1),
    iFramePlaylists: z.array(streamEntry).default([]),
    mediaGroups: z.object({ AUDIO: group, SUBTITLES: group }),
  })
  .transform(({ playlists, iFramePlaylists, mediaGroups, ...rest }) => ({
    kind: "multivariant" as const,
    ...rest,
    variants: playlists,
    iFrameVariants: iFramePlaylists,
    /** By GROUP-ID, then by NAME. */
    audioGroups: mediaGroups.AUDIO,
    subtitleGroups: mediaGroups.SUBTITLES,
  }));

/** A media playlist: durations in seconds, byte ranges in bytes, URIs as written. */
export type MediaPlaylist = z.infer<typeof mediaManifest>;

/** A multivariant playlist: bandwidths in bits per second, resolutions in pixels, URIs as written. */
export type MultivariantPlaylist = z.infer<typeof multivariantManifest>;

/**
 * Parses a playlist. Strict: every warning of m3u8-parser is an error here, so this is for the playlists that we write.
 * @throws Error that names every complaint, when the text is not a playlist that we would publish.
 */
export function readPlaylist(text: string): MediaPlaylist | MultivariantPlaylist {
  const complaints: string[] = [];
  if (!text.startsWith("#EXTM3U\n")) complaints.push("the first line is not #EXTM3U");
  const parser = new Parser();
  for (const event of ["warn", "error"] as const) {
    parser.on(event, ({ message }) => complaints.push(message ?? event));
  }
  parser.push(text);
  parser.end();
  const isMultivariant = z
    .looseObject({ playlists: z.array(z.unknown()) })
    .safeParse(parser.manifest).success;
  const parsed = (isMultivariant ? multivariantManifest : mediaManifest).safeParse(parser.manifest);
  if (!parsed.success) complaints.push(z.prettifyError(parsed.error));
  if (parsed.success && complaints.length === 0) return parsed.data;
  throw new Error(`Not a playlist to publish: ${complaints.join("; ")}`);
}
