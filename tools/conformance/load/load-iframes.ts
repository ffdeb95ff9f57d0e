/** Loads an I-frame playlist: its ranges are looked up in segments that are loaded already, else read. */
import { readSegment, type Segment } from "../media/read-segment.ts";
import type { LoadedSegment, Presentation, Track } from "../model/presentation.ts";
import { decrypt } from "./decrypt.ts";
import { inParallel } from "./in-parallel.ts";
import { loadInits, type TrackLoading, troubleOf } from "./load-track.ts";
import { sampleIndexes } from "./sample-indexes.ts";

const parallelRequests = 6;

/** First byte of an MPEG-TS packet. */
const transportSync = 0x47;

/** Boxes that a CMAF segment or fragment may start with. */
const segmentStarts = ["moof", "styp", "sidx", "prft", "emsg"];

/** Fills `track` in: the `media` of each I-frame holds only the fragment that its range starts with. */
export async function loadIframes(track: Track, loading: TrackLoading): Promise<void> {
  await loadInits(track, loading);
  const loaded = segmentsByUrl(loading.presentation);
  const wanted = new Set(sampleIndexes(track.segments.length, loading.quick));
  let done = 0;
  await inParallel(track.segments, parallelRequests, async (iframe, n) => {
    iframe.media = fromLoaded(iframe, loaded);
    if (iframe.media !== null) iframe.firstBox = "moof";
    else if (wanted.has(n)) iframe.media = await read(track, iframe, loading);
    if (iframe.media !== null) track.format = "cmaf";
    loading.onProgress(`${track.name}: I-frame ${++done} of ${track.segments.length}`);
  });
}

function segmentsByUrl(presentation: Presentation): Map<string, LoadedSegment> {
  const entries = presentation.tracks.flatMap(({ segments, role }) =>
    role === "iframes" ? [] : segments.filter(({ entry, media }) => entry.range === null && media !== null),
  );
  return new Map(entries.map((segment) => [segment.url, segment]));
}

/** The fragment at the range's start, with its places counted from there; null when the segment is not loaded or has none there. */
function fromLoaded({ entry, url }: LoadedSegment, loaded: Map<string, LoadedSegment>): Segment | null {
  const segment = loaded.get(url);
  const offset = entry.range?.offset;
  const fragment = segment?.media?.fragments.find((it) => it.offset === offset);
  if (segment?.media == null || fragment === undefined || offset === undefined) return null;
  const samples = fragment.samples.map((sample) => ({ ...sample, endByte: sample.endByte - offset }));
  return { trackIds: segment.media.trackIds, fragments: [{ ...fragment, offset: 0, samples }] };
}

async function read(track: Track, iframe: LoadedSegment, loading: TrackLoading): Promise<Segment | null> {
  const { source, presentation } = loading;
  try {
    const { bytes: delivered, delivery } = await source.read(iframe.url, iframe.entry.range);
    if (delivery !== null) presentation.deliveries.push({ kind: "segment", track, delivery });
    const of = { source, playlistUrl: track.url, sequence: iframe.sequence };
    const bytes = await decrypt(delivered, iframe.entry.key, of);
    // Without the padding of encryption, as where the picture ends is looked at to the byte.
    iframe.bytes = bytes.byteLength;
    if (bytes[0] === transportSync) track.format = "mpeg-ts";
    if (track.main === null || bytes[0] === transportSync) return null;
    iframe.firstBox = Buffer.from(bytes.subarray(4, 8)).toString("latin1");
    return segmentStarts.includes(iframe.firstBox) ? readSegment(bytes, track.main) : null;
  } catch (error) {
    presentation.troubles.push(troubleOf(error, `${track.name}: ${iframe.entry.uri}`));
    return null;
  }
}
