/**
 * Reads anybody's playlist (RFC 8216 §4) with m3u8-parser: never throws; whatever the parser or this reader stumbles
 * over is a complaint beside the values that could be read.
 */
import { Parser } from "m3u8-parser";
import { z } from "zod";
import { type Attributes, readAttributeList } from "./attribute-list.ts";

const byteRange = z.object({ length: z.int().positive(), offset: z.int().nonnegative() });

/** An initialization vector, as m3u8-parser gives it: four words, the first ones highest. */
const words = z
  .instanceof(Uint32Array)
  .refine(({ length }) => length === 4)
  .transform((iv) => {
    const bytes = new Uint8Array(16);
    for (const [n, word] of iv.entries()) new DataView(bytes.buffer).setUint32(4 * n, word);
    return bytes;
  });

const encryptionKey = z
  .object({ method: z.string(), uri: z.string().nullish().catch(null), iv: words.nullish().catch(null) })
  .transform(({ method, uri, iv }) => ({ method, uri: uri ?? null, iv: iv ?? null }));

/** The content of EXT-X-KEY. */
export type EncryptionKey = z.infer<typeof encryptionKey>;

const map = z
  .object({
    uri: z.string().min(1),
    byterange: byteRange.nullish().catch(null),
    key: encryptionKey.nullish().catch(null),
  })
  .transform(({ uri, byterange, key }) => ({ uri, range: byterange ?? null, key: key ?? null }));

const segment = z
  .object({
    uri: z.string().min(1),
    duration: z.number().nonnegative().catch(0),
    byterange: byteRange.nullish().catch(null),
    map: map.nullish().catch(null),
    discontinuity: z.boolean().catch(false),
    key: encryptionKey.nullish().catch(null),
  })
  .transform(({ duration, byterange, key, ...rest }) => ({
    ...rest,
    map: rest.map ?? null,
    seconds: duration,
    range: byterange ?? null,
    key: key ?? null,
  }));

const mediaManifest = z.object({
  version: z.number().catch(1),
  targetDuration: z.number().positive().nullable().catch(null),
  mediaSequence: z.int().nonnegative().catch(0),
  playlistType: z.string().nullable().catch(null),
  endList: z.boolean().catch(false),
  iFramesOnly: z.boolean().catch(false),
  independentSegments: z.boolean().catch(false),
  segments: z.array(segment.nullable().catch(null)).catch([]),
});

const optionalNumber = z.coerce.number().positive().nullable().catch(null);
const optionalText = z.string().nullable().catch(null);

const streamAttributes = z
  .object({
    BANDWIDTH: optionalNumber,
    "AVERAGE-BANDWIDTH": optionalNumber,
    CODECS: optionalText,
    RESOLUTION: z
      .object({ width: z.number().positive(), height: z.number().positive() })
      .nullable()
      .catch(null),
    "FRAME-RATE": optionalNumber,
    "VIDEO-RANGE": optionalText,
    AUDIO: optionalText,
    SUBTITLES: optionalText,
    SCORE: optionalText,
    "PATHWAY-ID": optionalText,
  })
  .transform((attributes) => ({
    bandwidth: attributes.BANDWIDTH,
    averageBandwidth: attributes["AVERAGE-BANDWIDTH"],
    codecs: attributes.CODECS?.split(",").map((codec) => codec.trim()) ?? null,
    resolution: attributes.RESOLUTION,
    frameRate: attributes["FRAME-RATE"],
    videoRange: attributes["VIDEO-RANGE"],
    audioGroup: attributes.AUDIO,
    subtitlesGroup: attributes.SUBTITLES,
    score: attributes.SCORE,
    pathway: attributes["PATHWAY-ID"],
  }));

const stream = z
  .object({ uri: z.string().min(1), attributes: streamAttributes })
  .transform(({ uri, attributes }) => ({ uri, ...attributes }));

const multivariantManifest = z.object({
  independentSegments: z.boolean().catch(false),
  playlists: z.array(stream.nullable().catch(null)),
  iFramePlaylists: z.array(stream.nullable().catch(null)).catch([]),
});

/** A media playlist as far as it makes sense; times in seconds, ranges in bytes, URIs as written. */
export type MediaPlaylist = Omit<z.infer<typeof mediaManifest>, "segments"> & {
  kind: "media";
  segments: PlaylistEntry[];
  complaints: string[];
};
/** A segment as its playlist describes it. */
export type PlaylistEntry = z.infer<typeof segment>;
/** A variant or an I-frame variant; bit rates in bits per second. Null: not there, or no value. */
export type StreamEntry = z.infer<typeof stream>;
/** A multivariant playlist as far as it makes sense; `media` holds the attributes of each EXT-X-MEDIA, in order. */
export interface MultivariantPlaylist {
  kind: "multivariant";
  independentSegments: boolean;
  variants: StreamEntry[];
  iframeVariants: StreamEntry[];
  media: Attributes[];
  /** Attributes of EXT-X-CONTENT-STEERING; null without the tag. */
  contentSteering: Attributes | null;
  complaints: string[];
}

/** Reads a playlist of either kind; one that names no stream is a media playlist. */
export function readAnyPlaylist(text: string): MediaPlaylist | MultivariantPlaylist {
  const complaints: string[] = [];
  if (!/^#EXTM3U\s*$/m.test(text.split("\n", 1)[0] ?? "")) complaints.push("the first line is not #EXTM3U");
  const media: Attributes[] = [];
  const steering: Attributes[] = [];
  const manifest = parse(text, complaints, [
    ["#EXT-X-MEDIA:", media],
    ["#EXT-X-CONTENT-STEERING:", steering],
  ]);

  const multivariant = multivariantManifest.safeParse(manifest);
  if (multivariant.success) {
    const { independentSegments, playlists, iFramePlaylists } = multivariant.data;
    return {
      kind: "multivariant",
      independentSegments,
      variants: present(playlists, "a line that should be a variant has no attributes or no URI", complaints),
      iframeVariants: present(iFramePlaylists, "an EXT-X-I-FRAME-STREAM-INF has no URI", complaints),
      media,
      contentSteering: steering[0] ?? null,
      complaints,
    };
  }
  const { segments, ...rest } = mediaManifest.parse(manifest ?? {});
  return {
    kind: "media",
    ...rest,
    segments: present(segments, "a segment has no URI", complaints),
    complaints,
  };
}

/** Feeds the lines one by one, because m3u8-parser throws on some and could not be asked for the rest otherwise. */
function parse(text: string, complaints: string[], collected: [tag: string, into: Attributes[]][]): unknown {
  const parser = new Parser();
  for (const event of ["warn", "error"] as const) {
    parser.on(event, ({ message }) => complaints.push(message ?? event));
  }
  for (const [tag, into] of collected) {
    // m3u8-parser keeps one rendition per name and drops attributes such as CHANNELS; a check must see them all.
    const dataParser = (line: string): string => {
      into.push(readAttributeList(line.slice(tag.length)));
      return line;
    };
    parser.addParser({ expression: new RegExp(`^${tag}`), customType: tag, dataParser });
  }
  for (const [n, line] of text.split(/\r?\n/).entries()) {
    try {
      parser.parseStream.push(line);
    } catch {
      complaints.push(`line ${n + 1} makes no sense: ${line.slice(0, 80)}`);
    }
  }
  return parser.manifest;
}

function present<T>(list: (T | null)[], otherwise: string, complaints: string[]): T[] {
  const found = list.filter((entry) => entry !== null);
  if (found.length < list.length) complaints.push(otherwise);
  return found;
}
