/**
 * The FFmpeg options that every read of a source carries: the formats it may open, its size, its place, and
 * reconnecting.
 */
import type { Grid } from "../../../protocol/grid.ts";
import { framesToSeconds } from "../../../protocol/rational.ts";
import { maxPixels } from "../task/limits.ts";
import { args } from "./args.ts";

/** Demuxers that a source may use. A playlist or script in disguise (HLS, DASH, concat) is none of them. */
const allowedFormats = "mov,matroska,avi,mpegts,mpeg,flv,asf";

/** Decoder threads. Each frame thread holds pictures of its own, so their number, not the machine's, bounds the memory. */
const decoderThreads = 4;

/** Seconds read before a piece's first frame, so that the frame before the cut reaches the `fps` filter. */
const prerollSeconds = 0.5;

/** Input guards: no protocol but the relay's, no format that opens further addresses, no giant pictures. */
export const inputGuards = args`-protocol_whitelist http,tcp -format_whitelist ${allowedFormats}
  -max_pixels ${maxPixels} -threads ${decoderThreads}`;

/** HTTP behaviour: without these a dropped connection looks like the end of the film, with exit code 0. */
export const reconnect = args`-reconnect 1 -reconnect_on_network_error 1 -reconnect_on_http_error 429,5xx
  -reconnect_delay_max 8 -rw_timeout 15000000`;

/**
 * Begins reading a piece of film at the key frame at or before its first frame; `-ss` counts from the container's
 * start.
 */
export function seekTo({ grid, firstFrame }: { grid: Grid; firstFrame: number }): string[] {
  const startSeconds = framesToSeconds(firstFrame, grid.frameRate) + grid.originSeconds;
  const seekSeconds = startSeconds - grid.containerStartSeconds - prerollSeconds;
  return firstFrame > 0 && seekSeconds > 0 ? args`-noaccurate_seek -ss ${seekSeconds.toFixed(6)}` : [];
}

/** The filter that brings PTS from the source's clock to the grid's: an argument of `setpts` or `asetpts`. */
export function onGridClock(grid: Grid): string {
  return `PTS-(${grid.originSeconds.toFixed(9)})/TB`;
}
