/** The FFmpeg command of a video chunk: one decode, one split, every rung, and the audio slices. */

import { sampleRate } from "../../../protocol/codecs.ts";
import type { Grid } from "../../../protocol/grid.ts";
import { framesToSeconds } from "../../../protocol/rational.ts";
import type { PictureFilters, Rung, VideoTask } from "../../../protocol/task.ts";
import { inputGuards, reconnect } from "../ffmpeg/input-options.ts";
import { scaleGraph } from "./scale-graph.ts";

/** Seconds read before a chunk's first frame, so that the frame before the cut reaches the `fps` filter. */
const prerollSeconds = 0.5;

/** Encoder threads per rung: fixed, because x264's output depends on it and a chunk must not depend on its machine. */
const encoderThreads = 4;

/** Colour filters that turn HDR10 and HLG into SDR BT.709; others only lose depth and chroma resolution. */
export function pictureChain(filters: PictureFilters): string {
  if (!filters.toneMap) return "format=yuv420p";
  return [
    "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709",
    "tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv,format=yuv420p",
  ].join(",");
}

/**
 * The arguments for a chunk. Video rung n goes to `pipe:${3 + n}`; slice n goes to `slicePaths[n]`.
 * Cut on integer frames of the grid (never by -ss and -t alone: that loses frames on VFR, MKV and TS).
 */
export function videoArguments(task: VideoTask, sourceUrl: string, slicePaths: string[]): string[] {
  const { grid } = task;
  const rate = `${grid.frameRate.num}/${grid.frameRate.den}`;
  return [
    // At this level the fps filter says how many frames it had to repeat; watch-log.ts reads it.
    ...["-hide_banner", "-nostdin", "-v", "level+verbose", "-y", "-progress", "pipe:1", "-copyts"],
    // The picture's graph is not built anew for a picture of another size: it would lose the frames that are in it.
    ...(task.filters.source === undefined ? [] : ["-reinit_filter:v", "0"]),
    ...[...seekTo(task), ...inputGuards, ...reconnect, "-i", sourceUrl],
    ...filterGraphs(task, rate).flatMap((graph) => ["-filter_complex", graph]),
    ...task.rungs.flatMap((rung, n) => rungArguments(rung, grid, n)),
    ...slicePaths.flatMap(flacOutput),
  ];
}

/** Where to begin reading for a chunk: at the key frame at or before its first frame; `-ss` counts from the container's start. */
export function seekTo({ grid, firstFrame }: VideoTask): string[] {
  const startSeconds = framesToSeconds(firstFrame, grid.frameRate) + grid.originSeconds;
  const seekSeconds = startSeconds - grid.containerStartSeconds - prerollSeconds;
  return firstFrame > 0 && seekSeconds > 0 ? ["-noaccurate_seek", "-ss", seekSeconds.toFixed(6)] : [];
}

/** Writes graph output `[a${n}]` as 16-bit FLAC. */
export function flacOutput(path: string, n: number): string[] {
  return ["-map", `[a${n}]`, "-c:a", "flac", "-sample_fmt", "s16", "-f", "flac", path];
}

/** The graph that cuts a slice to its very samples, from a source with the source's own timestamps, as `[a${n}]`. */
export function sliceChain(slice: VideoTask["slices"][number], grid: Grid, n: number): string {
  const samples = slice.endSample - slice.firstSample;
  return (
    `[0:${slice.streamIndex}]asetpts=PTS${originOf(grid)},` +
    `aresample=${sampleRate}:async=1:min_hard_comp=0.05:first_pts=${slice.firstSample},` +
    `aformat=sample_fmts=s16:channel_layouts=${slice.channels === 6 ? "5.1" : "stereo"},` +
    `apad=whole_len=${samples},atrim=end_sample=${samples}[a${n}]`
  );
}

/** Brings the source's clock to the grid's: as part of a `setpts` expression. */
function originOf(grid: Grid): string {
  return `-(${grid.originSeconds.toFixed(9)})/TB`;
}

/**
 * One graph for the picture, and one for each sound: FFmpeg builds a graph anew when what comes in changes its shape, and
 * the others must not lose their place by it.
 */
function filterGraphs(task: VideoTask, rate: string): string[] {
  const { grid } = task;
  const { source } = task.filters;
  const video = [
    `setpts=PTS${originOf(grid)}`,
    // Lets pictures of the usual size pass untouched; it is here for those that change in mid-stream.
    ...(source === undefined ? [] : [`scale=${source.width}:${source.height}:flags=bicubic`]),
    ...(task.filters.deinterlace ? ["bwdif=mode=send_field"] : []),
    `fps=${rate}`,
    ...(task.tailFrames > 0 ? [`tpad=stop_mode=clone:stop=${task.tailFrames}`] : []),
    `trim=start_pts=${task.firstFrame}:end_pts=${task.endFrame}`,
  ];
  const chains: string[] = [];
  if (task.rungs.length > 0) {
    // Once down to the ladder's largest size, and from there to each rung: an 8K picture is not scaled five times, and
    // tone mapping, which costs as much as encoding 1080p, has less to do. Nothing happens where it has that size.
    const { largest } = task.filters;
    if (largest !== undefined) video.push(`scale=${largest.width}:${largest.height}:flags=bicubic`);
    video.push(pictureChain(task.filters), "setsar=1", scaleGraph(task.rungs, task.filters));
    chains.push(`[0:${task.streamIndex}]${video.join(",")}`);
  }
  for (const [n, slice] of task.slices.entries()) chains.push(sliceChain(slice, grid, n));
  return chains;
}

function rungArguments(rung: Rung, grid: Grid, n: number): string[] {
  return [
    ...["-map", `[v${n}]`, "-fps_mode", "passthrough", ...encoderArguments[rung.codec](rung, grid.gopFrames)],
    ...["-video_track_timescale", String(grid.timescale)],
    ...["-map_metadata", "-1", "-map_chapters", "-1", "-write_tmcd", "0"],
    ...["-fflags", "+bitexact", "-flags:v", "+bitexact"],
    ...["-movflags", "+cmaf+frag_keyframe+frag_discont", "-f", "mp4", `pipe:${3 + n}`],
  ];
}

/** Capped CRF with closed GOPs of one length: chunks then join to what a single pass would have made. */
const encoderArguments: Record<Rung["codec"], (rung: Rung, gopFrames: number) => string[]> = {
  h264: ({ crf, maxrateKbps, level }, gopFrames) => [
    ...["-c:v", "libx264", "-preset", "veryfast", "-threads", String(encoderThreads), "-profile:v", "high"],
    ...[
      "-level:v",
      level,
      "-crf",
      String(crf),
      "-maxrate",
      `${maxrateKbps}k`,
      "-bufsize",
      `${maxrateKbps * 2}k`,
    ],
    ...["-g", String(gopFrames), "-keyint_min", String(gopFrames), "-sc_threshold", "0"],
  ],
  hevc: ({ crf, maxrateKbps }, gopFrames) => [
    ...["-c:v", "libx265", "-preset", "veryfast", "-crf", String(crf), "-tag:v", "hvc1", "-x265-params"],
    [
      `keyint=${gopFrames}:min-keyint=${gopFrames}:scenecut=0:open-gop=0`,
      `vbv-maxrate=${maxrateKbps}:vbv-bufsize=${maxrateKbps * 2}`,
      `pools=${encoderThreads}:frame-threads=2:info=0:log-level=error`,
    ].join(":"),
  ],
  av1: ({ crf, maxrateKbps }, gopFrames) => [
    ...["-c:v", "libsvtav1", "-preset", "10", "-crf", String(crf), "-g", String(gopFrames), "-svtav1-params"],
    `keyint=${gopFrames}:irefresh-type=2:scd=0:lp=${encoderThreads}:mbr=${maxrateKbps}`,
  ],
};
