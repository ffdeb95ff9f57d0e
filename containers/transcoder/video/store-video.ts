/** Groups the encoder's GOP fragments into segments and stores them as they appear. */

import type { Grid } from "../../../protocol/grid.ts";
import { initFile, segmentFile } from "../../../protocol/media-files.ts";
import { framesToSeconds } from "../../../protocol/rational.ts";
import type { RenditionReport, SegmentReport, StoredObject } from "../../../protocol/report.ts";
import type { Rung } from "../../../protocol/task.ts";
import { describeInit } from "../isobmff/codec-string.ts";
import { parseFragment, setSequenceNumber, startsWithSync } from "../isobmff/fragment.ts";
import { splitFragments } from "../isobmff/split-fragments.ts";
import { damaged } from "../task/source-errors.ts";
import { TaskFailure } from "../task/task-failure.ts";
import type { WorkerClient } from "../task/worker-client.ts";

/**
 * Stores one rendition of a video chunk. Segment n holds frames [n·segmentFrames, (n+1)·segmentFrames) of the grid.
 * @param onFrames is called with the number of its frames that are stored.
 * @throws TaskFailure `damaged` when the first pictures are missing, `bad_encoder_output` when another fragment is not at its place on the grid, or has no IDR picture (AV1:
 * key frame).
 */
export async function storeVideo(
  api: WorkerClient,
  rung: Rung,
  grid: Grid,
  chunk: { firstFrame: number; endFrame: number },
  stream: AsyncIterable<Uint8Array>,
  onFrames: (frames: number) => void,
): Promise<RenditionReport | null> {
  const { key } = rung;
  let init: { stored: StoredObject; codecs: string; timescale: number } | null = null;
  const segments: SegmentReport[] = [];
  let fragments: Uint8Array[] = [];
  let open: Omit<SegmentReport, keyof StoredObject> | null = null;
  let frame = chunk.firstFrame;

  const close = async (): Promise<void> => {
    if (open === null) return;
    const file = segmentFile(Math.floor(open.start / grid.frameTicks / grid.segmentFrames));
    segments.push({
      ...(await api.putMedia(key, file, "video/iso.segment", Buffer.concat(fragments))),
      ...open,
    });
    fragments = [];
    open = null;
    onFrames(frame - chunk.firstFrame);
  };

  for await (const piece of splitFragments(stream)) {
    if (piece.kind === "init") {
      init = {
        stored: await api.putMedia(key, initFile, "video/mp4", piece.bytes),
        ...describeInit(piece.bytes),
      };
      continue;
    }
    const fragment = parseFragment(piece.bytes);
    if (frame === chunk.firstFrame && fragment.decodeTime > frame * grid.frameTicks) {
      throw lostBegin(grid, frame, fragment.decodeTime);
    }
    if (
      fragment.decodeTime !== frame * grid.frameTicks ||
      frame % grid.gopFrames !== 0 ||
      !startsWithSync(fragment, rung.codec)
    ) {
      throw new TaskFailure("bad_encoder_output", "The encoder's output is not on the planned timeline.", {
        retryable: true,
        log: `${key}: frame ${frame} at tick ${fragment.decodeTime}`,
      });
    }
    if (frame % grid.segmentFrames === 0) await close();
    setSequenceNumber(piece.bytes, frame / grid.gopFrames + 1);
    const ticks = fragment.sampleDurations.reduce((sum, duration) => sum + duration, 0);
    const offset = fragments.reduce((sum, bytes) => sum + bytes.byteLength, 0);
    open ??= { start: fragment.decodeTime, duration: 0, frames: 0, iframes: [] };
    open.iframes.push({
      offset,
      bytes: fragment.dataOffset + (fragment.sampleSizes[0] ?? 0),
      duration: ticks,
    });
    open.duration += ticks;
    open.frames += fragment.sampleSizes.length;
    frame += fragment.sampleSizes.length;
    fragments.push(piece.bytes);
  }
  await close();
  if (init === null) return null;
  return { key, codecs: init.codecs, timescale: init.timescale, init: init.stored, segments };
}

/** Nothing of the source could be decoded up to here: an encoder is never late by itself. A read that broke may have been the cause. */
function lostBegin(grid: Grid, firstFrame: number, decodeTime: number): TaskFailure {
  const from = Math.floor(framesToSeconds(firstFrame, grid.frameRate));
  const to = Math.ceil(decodeTime / grid.timescale);
  const { code, message } = damaged(`no picture between second ${from} and second ${to} can be decoded`);
  const log = `the first picture is at tick ${decodeTime}`;
  return new TaskFailure(code, message, { retryable: true, log });
}
