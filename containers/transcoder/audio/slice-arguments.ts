/** FFmpeg's arguments for audio slices. */
import { sampleRate } from "../../../protocol/codecs.ts";
import type { Grid } from "../../../protocol/grid.ts";
import type { AudioSlicesTask } from "../../../protocol/task.ts";
import { args } from "../ffmpeg/args.ts";
import { inputGuards, onGridClock, reconnect, seekTo } from "../ffmpeg/input-options.ts";

/** One audio track's part of a piece of film. */
export type Slice = AudioSlicesTask["slices"][number];

/**
 * Cuts all slices of a piece in one read: slice n goes to `paths[n]`. Each has a graph of its own, because FFmpeg builds a
 * graph anew when its input changes its shape, and the others must not lose their place by it.
 */
export function slicesArguments(task: AudioSlicesTask, sourceUrl: string, paths: string[]): string[] {
  return [
    // At this level the decoders' errors come with their streams; watch-log.ts reads them.
    ...args`-hide_banner -nostdin -v level+verbose -y -progress pipe:1 -copyts`,
    ...args`${seekTo(task)} ${inputGuards} ${reconnect} -i ${sourceUrl}`,
    ...task.slices.flatMap((slice, n) => args`-filter_complex ${sliceChain(slice, task.grid, n)}`),
    ...paths.flatMap(flacOutput),
  ];
}

/** Writes graph output `[a${n}]` as 16-bit FLAC. */
export function flacOutput(path: string, n: number): string[] {
  return args`-map [a${n}] -c:a flac -sample_fmt s16 -f flac ${path}`;
}

/** The graph that cuts a slice to its very samples, from a source with the source's own timestamps, as `[a${n}]`. */
export function sliceChain(slice: Slice, grid: Grid, n: number): string {
  const samples = slice.endSample - slice.firstSample;
  return (
    `[0:${slice.streamIndex}]asetpts=${onGridClock(grid)},` +
    `aresample=${sampleRate}:async=1:min_hard_comp=0.05:first_pts=${slice.firstSample},` +
    `aformat=sample_fmts=s16:channel_layouts=${slice.channels === 6 ? "5.1" : "stereo"},` +
    `apad=whole_len=${samples},atrim=end_sample=${samples}[a${n}]`
  );
}
