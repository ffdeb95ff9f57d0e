/** Cuts the sound of a piece of film, apart from its pictures: so it can be encoded beside them, and not after them. */

import type { SoundTask } from "../../../protocol/task.ts";
import type { TaskContext, TaskResult } from "../task/task.ts";
import { encodeVideo } from "../video/encode-video.ts";

/** @throws TaskFailure as `encodeVideo`, of which this is the part that has no pictures. */
export async function cutSound(task: SoundTask, context: TaskContext): Promise<TaskResult> {
  const filters = { deinterlace: false, toneMap: false };
  return await encodeVideo(
    { ...task, kind: "video", streamIndex: -1, tailFrames: 0, filters, rungs: [] },
    context,
  );
}
