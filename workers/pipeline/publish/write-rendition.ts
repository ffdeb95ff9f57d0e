/** Writes a verified rendition's playlists and ledger, and measures the columns of its row. */
import type { LoudnessReport } from "../../../protocol/report.ts";
import { readPlaylist } from "../../hls/read-playlist.ts";
import { sha256Hex } from "../../shared/digest.ts";
import type { Ledger } from "../storage/ledger.ts";
import { contentTypes, renditionPrefix } from "../storage/media-keys.ts";
import { averageBitRate, peakBitRate } from "./bit-rate.ts";
import {
  type PlaylistIframe,
  type PlaylistSegment,
  targetDuration,
  writeIframePlaylist,
  writeMediaPlaylist,
} from "./write-media-playlist.ts";
import { writeImagePlaylist, writeStoryboard } from "./write-storyboard.ts";

/** The measured columns of a rendition. */
export interface MeasuredRendition {
  key: string;
  codecs: string;
  bandwidth: number;
  averageBandwidth: number;
  iframeBandwidth: number | null;
  segmentCount: number;
  frameCount: number;
  bytes: number;
  durationSeconds: number;
  rootHash: string;
  loudness: LoudnessReport | null;
}

/** The target duration that all renditions with sound or picture share (Apple HLS authoring spec 8.2). */
export function sharedTarget(ledgers: Ledger[]): number {
  const media = ledgers.filter((ledger) => ledger.init !== null);
  return targetDuration(media.flatMap((ledger) => segmentsOf(ledger).map(({ seconds }) => seconds)));
}

/** The target duration of one of them: text has longer segments, and its own (5.7). */
function targetOf(ledger: Ledger, shared: number): number {
  return ledger.init === null ? targetDuration(segmentsOf(ledger).map(({ seconds }) => seconds)) : shared;
}

/**
 * A rendition's playlists as they must be in R2, by file: `playlist.m3u8`; `iframes.m3u8` for video, `storyboard.vtt` for
 * a storyboard.
 * @param shared the target duration from `sharedTarget`, seconds.
 */
export function textsOf(ledger: Ledger, shared: number): Map<string, string> {
  if (ledger.tiles !== undefined) {
    const { tiles } = ledger;
    return new Map([
      ["playlist.m3u8", writeImagePlaylist(ledger, tiles)],
      ["storyboard.vtt", writeStoryboard(ledger, tiles)],
    ]);
  }
  const hasInit = ledger.init !== null;
  const playlist = writeMediaPlaylist(segmentsOf(ledger), targetOf(ledger, shared), { hasInit });
  const texts = new Map([["playlist.m3u8", playlist]]);
  const iframes = iframesOf(ledger);
  if (iframes.length > 0) texts.set("iframes.m3u8", writeIframePlaylist(iframes));
  return texts;
}

/**
 * Stores a rendition's playlists and `ledger.json` in its folder.
 * @throws Error when m3u8-parser reads a playlist otherwise than it was written.
 */
export async function writeRendition(
  env: Pick<Env, "MEDIA">,
  assetId: string,
  ledger: Ledger,
  shared: number,
): Promise<MeasuredRendition> {
  const target = targetOf(ledger, shared);
  const folder = renditionPrefix(assetId, ledger.key);
  const segments = segmentsOf(ledger);
  const iframes = iframesOf(ledger);
  // Its own playlist states its own target duration, over which the peak is measured (Apple 6.9).
  const iframeTarget = targetDuration(iframes.map(({ seconds }) => seconds));
  const ledgerText = JSON.stringify(ledger);
  await env.MEDIA.put(`${folder}ledger.json`, ledgerText, {
    httpMetadata: { contentType: "application/json" },
  });
  for (const [file, text] of textsOf(ledger, shared)) {
    const isPlaylist = file.endsWith(".m3u8");
    if (isPlaylist) proveReadable(text, file === "iframes.m3u8" ? iframes : segments);
    const contentType = isPlaylist ? contentTypes.m3u8 : contentTypes.vtt;
    await env.MEDIA.put(folder + file, text, { httpMetadata: { contentType } });
  }
  const timed = ledger.segments.map((segment, n) => ({
    bytes: segment.bytes,
    seconds: segments[n]?.seconds ?? 0,
  }));
  return {
    key: ledger.key,
    codecs: ledger.codecs,
    bandwidth: peakBitRate(timed, target),
    averageBandwidth: averageBitRate(timed),
    iframeBandwidth: iframes.length > 0 ? peakBitRate(iframes, iframeTarget) : null,
    segmentCount: segments.length,
    frameCount: ledger.segments.reduce((sum, segment) => sum + segment.frames, 0),
    bytes: ledger.segments.reduce((sum, segment) => sum + segment.bytes, ledger.init?.bytes ?? 0),
    durationSeconds: ledger.segments.reduce((sum, segment) => sum + segment.duration, 0) / ledger.timescale,
    rootHash: await sha256Hex(ledgerText),
    loudness: ledger.loudness ?? null,
  };
}

function segmentsOf({ segments, timescale }: Ledger): PlaylistSegment[] {
  return segments.map(({ file, duration }) => ({ file, seconds: duration / timescale }));
}

function iframesOf({ segments, timescale }: Ledger): PlaylistIframe[] {
  return segments.flatMap(({ file, iframes }) =>
    iframes.map(({ offset, bytes, duration }) => ({ file, offset, bytes, seconds: duration / timescale })),
  );
}

function proveReadable(text: string, pieces: { file: string; seconds: number }[]): void {
  const playlist = readPlaylist(text);
  const same =
    playlist.kind === "media" &&
    playlist.segments.length === pieces.length &&
    playlist.segments.every(({ uri, duration }, n) => {
      const piece = pieces[n];
      return piece !== undefined && uri === piece.file && Math.abs(duration - piece.seconds) < 1e-3;
    });
  if (!same) throw new Error("a playlist does not read back as it was written");
}
