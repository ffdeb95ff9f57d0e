/** The FFmpeg command of a video chunk: one decode, one split, every rung. */
import { videoCodecs } from "../../../protocol/codecs.ts";
import type { Grid } from "../../../protocol/grid.ts";
import type { PictureFilters, Rung, VideoTask } from "../../../protocol/task.ts";
import { args } from "../ffmpeg/args.ts";
import { inputGuards, onGridClock, reconnect, seekTo } from "../ffmpeg/input-options.ts";
import { scaleGraph } from "./scale-graph.ts";

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
 * The arguments for a chunk; rung n goes to `pipe:${3 + n}`. Cut on integer frames of the grid (never by -ss and -t alone:
 * that loses frames on VFR, MKV and TS).
 */
export function videoArguments(task: VideoTask, sourceUrl: string): string[] {
  // The picture's graph is not built anew for a picture of another size: it would lose the frames that are in it.
  const onePictureSize = task.filters.source === undefined ? [] : args`-reinit_filter:v 0`;
  return [
    // At this level the fps filter counts the frames that it repeats; watch-log.ts reads it.
    ...args`-hide_banner -nostdin -v level+verbose -y -progress pipe:1 -copyts ${onePictureSize}`,
    ...args`${seekTo(task)} ${inputGuards} ${reconnect} -i ${sourceUrl} -filter_complex ${pictureGraph(task)}`,
    ...task.rungs.flatMap((rung, n) => rungArguments(rung, task.grid, n)),
  ];
}

function pictureGraph({
  grid,
  filters,
  rungs,
  streamIndex,
  firstFrame,
  endFrame,
  tailFrames,
}: VideoTask): string {
  const { source, largest } = filters;
  const scaleTo = ({ width, height }: { width: number; height: number }): string =>
    `scale=${width}:${height}:flags=bicubic`;
  const chain = [
    `setpts=${onGridClock(grid)}`,
    // Lets pictures of the usual size pass untouched; it is here for those that change in mid-stream.
    ...(source === undefined ? [] : [scaleTo(source)]),
    ...(filters.deinterlace ? ["bwdif=mode=send_field"] : []),
    // A film's first pictures may not decode (a capture that begins between two key frames): the first that does stands for
    // them. Only for the first chunk, whose start is no fraction: elsewhere the filter would round it, and move pictures.
    `fps=${grid.frameRate.num}/${grid.frameRate.den}${firstFrame === 0 ? ":start_time=0" : ""}`,
    ...(tailFrames > 0 ? [`tpad=stop_mode=clone:stop=${tailFrames}`] : []),
    `trim=start_pts=${firstFrame}:end_pts=${endFrame}`,
    // Once down to the ladder's largest size, and from there to each rung: an 8K picture is not scaled five times, and
    // tone mapping, which costs as much as encoding 1080p, has less to do. Nothing happens where it has that size.
    ...(largest === undefined ? [] : [scaleTo(largest)]),
    pictureChain(filters),
    "setsar=1",
    scaleGraph(rungs, filters),
  ];
  return `[0:${streamIndex}]${chain.join(",")}`;
}

function rungArguments(rung: Rung, grid: Grid, n: number): string[] {
  return args`-map [v${n}] -fps_mode passthrough ${encoderArguments[rung.codec](rung, grid.gopFrames)}
    -video_track_timescale ${grid.timescale} -map_metadata -1 -map_chapters -1 -write_tmcd 0
    -fflags +bitexact -flags:v +bitexact
    -movflags +cmaf+frag_keyframe+frag_discont -f mp4 pipe:${3 + n}`;
}

/** Capped CRF with closed GOPs of one length: chunks then join to the track that a single pass would have made. */
const encoderArguments: Record<Rung["codec"], (rung: Rung, gopFrames: number) => string[]> = {
  h264: ({ crf, maxrateKbps, level }, gopFrames) =>
    args`-c:v ${videoCodecs.h264.encoder} -preset veryfast -threads ${encoderThreads} -profile:v high -level:v ${level}
      -crf ${crf} -maxrate ${maxrateKbps}k -bufsize ${maxrateKbps * 2}k
      -g ${gopFrames} -keyint_min ${gopFrames} -sc_threshold 0`,
  hevc: ({ crf, maxrateKbps }, gopFrames) => {
    const options = [
      `keyint=${gopFrames}:min-keyint=${gopFrames}:scenecut=0:open-gop=0`,
      `vbv-maxrate=${maxrateKbps}:vbv-bufsize=${maxrateKbps * 2}`,
      `pools=${encoderThreads}:frame-threads=2:info=0:log-level=error`,
    ];
    return args`-c:v ${videoCodecs.hevc.encoder} -preset veryfast -crf ${crf} -tag:v ${videoCodecs.hevc.sampleEntry}
      -x265-params ${options.join(":")}`;
  },
  av1: ({ crf, maxrateKbps }, gopFrames) =>
    args`-c:v ${videoCodecs.av1.encoder} -preset 10 -crf ${crf} -g ${gopFrames}
      -svtav1-params keyint=${gopFrames}:irefresh-type=2:scd=0:lp=${encoderThreads}:mbr=${maxrateKbps}`,
};
