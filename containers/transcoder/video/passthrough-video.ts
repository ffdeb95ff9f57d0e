/**
 * Makes a rendition of the source's own pictures, in CMAF boxes and on the grid's timeline, without encoding: the film
 * plays within seconds, and the ladder follows. It either fits the grid frame by frame, or is not made at all.
 */

import { passthroughBytes } from "../../../protocol/planned-output.ts";
import type { PassthroughTask } from "../../../protocol/task.ts";
import { args } from "../ffmpeg/args.ts";
import { inputGuards, reconnect } from "../ffmpeg/input-options.ts";
import { limitBytes } from "../ffmpeg/limit-bytes.ts";
import { runTool } from "../ffmpeg/run-ffmpeg.ts";
import type { TaskContext, TaskResult } from "../task/task.ts";
import { TaskFailure } from "../task/task-failure.ts";
import { noPassthrough, storePassthrough } from "./store-passthrough.ts";

const stallMs = 120_000;

/** Pictures wait at most this many others to be shown (ISO/IEC 14496-10 §A.3.1: `max_dec_frame_buffering`). */
const mostReordered = 16;

/** @throws TaskFailure `no_passthrough` when the pictures do not fit the grid; then the film is only encoded. */
export async function makePassthrough(task: PassthroughTask, context: TaskContext): Promise<TaskResult> {
  const broken = new AbortController();
  try {
    const run = runTool("ffmpeg", passthroughArguments(task, context.worker.sourceUrl), {
      outputs: 1,
      stallMs,
      env: context.worker.toolEnv,
      signal: AbortSignal.any([context.signal, broken.signal]),
    });
    run.stdout.resume();
    const output = run.outputs[0];
    if (output === undefined) throw new Error("no output pipe");
    const limited = limitBytes(output, passthroughBytes(task.bytes));
    const rendition = await storePassthrough(context.worker, task, limited, (frames) => {
      run.alive();
      context.onProgress(Math.min(1, frames / task.grid.frames));
    });
    const { exitCode, log, usage } = await run.result;
    if (exitCode !== 0) throw noPassthrough("FFmpeg can't copy it", log);
    return { renditions: [rendition], slices: [], images: [], usage };
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof TaskFailure) throw error;
    throw noPassthrough("its boxes can't be read", String(error));
  } finally {
    broken.abort();
  }
}

/**
 * Every picture is moved to the nearest frame of the grid; storing it checks that each frame then has just one.
 * In `setts`, PTS counts in its output's time base already, and TB is still the input's.
 */
function passthroughArguments({ grid, streamIndex }: PassthroughTask, sourceUrl: string): string[] {
  const { num, den } = grid.frameRate;
  const slot = `round((PTS/${grid.timescale}-(${grid.originSeconds.toFixed(9)}))*${num}/${den})`;
  const retimed = [
    `setts=time_base=1/${grid.timescale}`,
    `pts=${slot}*${grid.frameTicks}`,
    `dts=(N-${mostReordered})*${grid.frameTicks}`,
    `duration=${grid.frameTicks}`,
  ];
  return args`-hide_banner -nostdin -v warning -copyts ${inputGuards} ${reconnect} -i ${sourceUrl}
    -map 0:${streamIndex} -c copy -bsf:v ${retimed.join(":")} -video_track_timescale ${grid.timescale}
    -map_metadata -1 -map_chapters -1 -write_tmcd 0 -fflags +bitexact -flags:v +bitexact
    -movflags +cmaf+frag_keyframe+frag_discont -f mp4 pipe:3`;
}
