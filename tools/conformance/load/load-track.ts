/** Loads a media playlist's init segments and segments, and keeps facts, not bytes. */
import { type Init, readInit } from "../media/read-init.ts";
import { readSegment } from "../media/read-segment.ts";
import type { Format, LoadedSegment, Presentation, Track } from "../model/presentation.ts";
import type { EncryptionKey } from "../playlist/read-any-playlist.ts";
import { decrypt } from "./decrypt.ts";
import { inParallel } from "./in-parallel.ts";
import { sampleIndexes } from "./sample-indexes.ts";
import { type ByteRange, CannotRead, type Source } from "./source.ts";

/** The state of loading one track. */
export interface TrackLoading {
  source: Source;
  presentation: Presentation;
  quick: boolean;
  onProgress: (what: string) => void;
}

/** Requests under way at once. */
const parallelRequests = 6;

/** WebVTT headers are short; its first characters are enough. */
const keptText = 4096;

/** Fills `track` in. A file that can't be had or read becomes one of the presentation's troubles. */
export async function loadTrack(track: Track, loading: TrackLoading): Promise<void> {
  await loadInits(track, loading);
  const wanted = new Set(sampleIndexes(track.segments.length, loading.quick));
  let done = 0;
  await inParallel(track.segments, parallelRequests, async (segment, n) => {
    if (wanted.has(n)) await loadSegment(track, segment, loading);
    else segment.bytes = await sizeOf(segment, loading.source);
    loading.onProgress(`${track.name}: segment ${++done} of ${track.segments.length}`);
  });
  if (track.role === "video" && track.main?.handler === "soun") track.role = "audio";
}

/** Lists the segments, reads the init segments that they name, and picks the main track. */
export async function loadInits(track: Track, loading: TrackLoading): Promise<void> {
  const known = new Map<string, number>();
  for (const [n, entry] of track.playlist.segments.entries()) {
    const url = URL.parse(entry.uri, track.url)?.href ?? entry.uri;
    const key = entry.map === null ? null : JSON.stringify(entry.map);
    let init = key === null ? -1 : known.get(key);
    if (init === undefined && key !== null && entry.map !== null) {
      init = track.inits.length;
      known.set(key, init);
      track.inits.push(await loadInit(track, entry.map, loading));
    }
    track.segments.push({
      entry,
      url,
      sequence: track.playlist.mediaSequence + n,
      bytes: entry.range?.length ?? null,
      media: null,
      init: init ?? -1,
      text: null,
      firstBox: null,
    });
  }
  const tracks = track.inits[0]?.tracks ?? [];
  const handlers = track.role === "audio" ? ["soun"] : ["vide", "soun"];
  track.main =
    handlers.flatMap((handler) => tracks.filter((it) => it.handler === handler))[0] ?? tracks[0] ?? null;
}

async function loadInit(
  track: Track,
  map: { uri: string; range: ByteRange | null; key: EncryptionKey | null },
  { source, presentation }: TrackLoading,
): Promise<Init | null> {
  const where = `${track.name}: ${map.uri}`;
  try {
    const { bytes, delivery } = await source.read(URL.parse(map.uri, track.url)?.href ?? map.uri, map.range);
    if (delivery !== null) presentation.deliveries.push({ kind: "init", track, delivery });
    return readInit(await decrypt(bytes, map.key, { source, playlistUrl: track.url, sequence: null }));
  } catch (error) {
    presentation.troubles.push(troubleOf(error, where));
    return null;
  }
}

async function loadSegment(track: Track, segment: LoadedSegment, loading: TrackLoading): Promise<void> {
  const { source, presentation } = loading;
  const { entry, url } = segment;
  try {
    const { bytes: delivered, delivery } = await source.read(url, entry.range);
    if (delivery !== null) presentation.deliveries.push({ kind: "segment", track, delivery });
    segment.bytes = delivered.byteLength;
    const of = { source, playlistUrl: track.url, sequence: segment.sequence };
    const bytes = await decrypt(delivered, entry.key, of).catch((error: unknown) => {
      if (track.format === "unknown") track.format = "encrypted";
      throw error;
    });
    const format = formatOf(bytes);
    if (track.format === "unknown") track.format = format;
    if (format === "webvtt") segment.text = new TextDecoder().decode(bytes.subarray(0, keptText));
    if (format === "cmaf" && track.main !== null) segment.media = readSegment(bytes, track.main);
  } catch (error) {
    presentation.troubles.push(troubleOf(error, `${track.name}: ${entry.uri}`));
  }
}

/** Describes the trouble with a file: it can't be had, or its boxes make no sense. */
export function troubleOf(error: unknown, where: string): Presentation["troubles"][number] {
  const what = error instanceof Error ? error.message : String(error);
  return { kind: error instanceof CannotRead ? "missing" : "unreadable", where, what };
}

function formatOf(bytes: Uint8Array): Format {
  const text = Buffer.from(bytes.subarray(0, 12)).toString("latin1");
  if (/^.{4}(styp|moof|sidx|emsg|prft|free|ftyp|moov)/s.test(text)) return "cmaf";
  if (bytes[0] === 0x47 && (bytes.byteLength <= 188 || bytes[188] === 0x47)) return "mpeg-ts";
  if (text.replace("\u00ef\u00bb\u00bf", "").startsWith("WEBVTT")) return "webvtt";
  if (text.startsWith("ID3") || (bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xf0) === 0xf0))
    return "packed audio";
  return "unknown";
}

async function sizeOf({ entry, url }: LoadedSegment, source: Source): Promise<number | null> {
  return entry.range?.length ?? (await source.size(url).catch(() => null));
}
