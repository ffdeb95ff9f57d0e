/** Questions to the server that loading alone does not ask: HEAD and byte ranges, on a few files of each kind. */
import type { Probe } from "../model/delivery.ts";
import type { Presentation, Track } from "../model/presentation.ts";
import { ask } from "./http-source.ts";
import { CannotRead } from "./source.ts";

/** Asks about the first playlist, and the init segment and a segment of the first video, audio and subtitle track. */
export async function probeServer(presentation: Presentation): Promise<Probe[]> {
  const probes = [await probe("playlist", "the first playlist", presentation.location)];
  for (const role of ["video", "audio", "subtitles"]) {
    const track = presentation.tracks.find((it) => it.role === role && it.segments.length > 0);
    if (track !== undefined) probes.push(...(await probeTrack(track)));
  }
  return probes;
}

async function probeTrack(track: Track): Promise<Probe[]> {
  const probes: Probe[] = [];
  const [segment] = track.segments;
  const map = segment?.entry.map;
  if (map) {
    const url = URL.parse(map.uri, track.url)?.href ?? map.uri;
    probes.push(await probe("init", `${track.name}: ${map.uri}`, url));
  }
  if (segment !== undefined) {
    probes.push(await probe("segment", `${track.name}: ${segment.entry.uri}`, segment.url));
  }
  return probes;
}

async function probe(kind: Probe["kind"], name: string, url: string): Promise<Probe> {
  const head = await orNull(ask(url, "HEAD", {}));
  const range = kind === "playlist" ? null : await orNull(ask(url, "GET", { Range: "bytes=1-2" }));
  return {
    kind,
    name,
    head: head?.delivery ?? null,
    range: range === null ? null : { delivery: range.delivery, bytes: range.body.byteLength },
  };
}

async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof CannotRead) return null;
    throw error;
  }
}
