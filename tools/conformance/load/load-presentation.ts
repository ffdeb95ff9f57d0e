/** Loads a whole presentation: playlists, init segments, segments. */

import type { Presentation, Role, Track } from "../model/presentation.ts";
import {
  type MediaPlaylist,
  type MultivariantPlaylist,
  readAnyPlaylist,
} from "../playlist/read-any-playlist.ts";
import { loadIframes } from "./load-iframes.ts";
import { loadTrack, type TrackLoading } from "./load-track.ts";
import { CannotRead, type Source } from "./source.ts";

/** The extent of loading. */
export interface LoadOptions {
  /** Only the first, last and some segments of each track. */
  quick: boolean;
  onProgress: (what: string) => void;
}

const mediaRoles: Record<string, Role> = { AUDIO: "audio", VIDEO: "video", SUBTITLES: "subtitles" };

/** A presentation with more media playlists than this is not gone through to the end. */
const maxPlaylists = 400;

/**
 * @throws CannotRead when the first playlist can't be had or is none. What it names and can't be had is among the
 * presentation's troubles.
 */
export async function loadPresentation(source: Source, options: LoadOptions): Promise<Presentation> {
  const presentation: Presentation = {
    location: source.root,
    multivariant: null,
    variants: [],
    iframeVariants: [],
    renditions: [],
    tracks: [],
    isWhole: !options.quick,
    troubles: [],
    deliveries: [],
    probes: [],
    decoded: null,
  };
  const root = await readPlaylist(source, source.root, presentation).catch((error: unknown) => {
    throw error instanceof CannotRead
      ? new CannotRead(`${source.root} can't be checked: ${error.message}.`)
      : error;
  });
  const loading: TrackLoading = {
    source,
    presentation,
    quick: options.quick,
    onProgress: options.onProgress,
  };
  if (root.kind === "multivariant") await loadMultivariant(root, loading);
  else addTrack(loading, source.root, "video", root);

  for (const track of presentation.tracks.filter(({ role }) => role !== "iframes")) {
    await loadTrack(track, loading);
  }
  for (const track of presentation.tracks.filter(({ role }) => role === "iframes")) {
    await loadIframes(track, loading);
  }
  return presentation;
}

async function loadMultivariant(root: MultivariantPlaylist, loading: TrackLoading): Promise<void> {
  const { presentation } = loading;
  presentation.multivariant = root;
  for (const attributes of root.media) {
    const uri = attributes.get("URI");
    const role = mediaRoles[attributes.get("TYPE") ?? ""] ?? "audio";
    const name = `EXT-X-MEDIA ${attributes.get("NAME") ?? uri ?? ""}`;
    const track = uri === undefined ? null : await followPlaylist(uri, role, loading);
    presentation.renditions.push({ attributes, name, track });
  }
  for (const entry of root.variants) {
    const track = await followPlaylist(entry.uri, "video", loading);
    presentation.variants.push({ entry, name: nameOf(entry.uri, loading), track });
  }
  for (const entry of root.iframeVariants) {
    const track = await followPlaylist(entry.uri, "iframes", loading);
    presentation.iframeVariants.push({ entry, name: nameOf(entry.uri, loading), track });
  }
}

/** The track of a playlist, read once however often it is named; null when it can't be had. */
async function followPlaylist(uri: string, role: Role, loading: TrackLoading): Promise<Track | null> {
  const { presentation, source } = loading;
  const url = URL.parse(uri, source.root)?.href;
  const known = presentation.tracks.find((track) => track.url === url);
  if (known !== undefined) return known;
  const name = nameOf(uri, loading);
  if (url === undefined || presentation.troubles.some(({ where }) => where === name)) return null;
  try {
    if (presentation.tracks.length >= maxPlaylists)
      throw new CannotRead(`more than ${maxPlaylists} playlists`);
    const playlist = await readPlaylist(source, url, presentation);
    if (playlist.kind !== "media")
      throw new CannotRead("it is a multivariant playlist, not a media playlist");
    return addTrack(loading, url, role, playlist);
  } catch (error) {
    if (!(error instanceof CannotRead)) throw error;
    presentation.troubles.push({ kind: "missing", where: name, what: error.message });
    return null;
  }
}

function addTrack(loading: TrackLoading, url: string, role: Role, playlist: MediaPlaylist): Track {
  const track: Track = {
    url,
    name: nameOf(url, loading),
    role: playlist.iFramesOnly && loading.presentation.multivariant === null ? "iframes" : role,
    playlist,
    format: "unknown",
    inits: [],
    main: null,
    segments: [],
  };
  loading.presentation.tracks.push(track);
  return track;
}

async function readPlaylist(
  source: Source,
  url: string,
  presentation: Presentation,
): Promise<MediaPlaylist | MultivariantPlaylist> {
  const { bytes, delivery } = await source.read(url, null);
  if (delivery !== null) presentation.deliveries.push({ kind: "playlist", track: null, delivery });
  const text = Buffer.from(bytes).toString("utf8");
  if (!text.slice(0, 1024).includes("#EXTM3U")) throw new CannotRead("it is no HLS playlist: no #EXTM3U");
  return readAnyPlaylist(text);
}

/** Its path from the first playlist's folder, where it lies in there. */
function nameOf(uri: string, { source }: TrackLoading): string {
  const url = URL.parse(uri, source.root)?.href ?? uri;
  const folder = new URL(".", source.root).href;
  return url.startsWith(folder) ? url.slice(folder.length) : url;
}
