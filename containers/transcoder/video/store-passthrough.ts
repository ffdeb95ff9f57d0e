/** Groups the GOPs of a passed-through track into segments and stores them, checking each against the grid. */

import { initFile, segmentFile } from "../../../protocol/media-files.ts";
import { toNumber } from "../../../protocol/rational.ts";
import type { RenditionReport, SegmentReport, StoredObject } from "../../../protocol/report.ts";
import type { PassthroughTask } from "../../../protocol/task.ts";
import { avcConfiguration, describeInit } from "../isobmff/codec-string.ts";
import { type Fragment, parseFragment, setSequenceNumber, startsWithSync } from "../isobmff/fragment.ts";
import { splitFragments } from "../isobmff/split-fragments.ts";
import { TaskFailure } from "../task/task-failure.ts";
import type { WorkerClient } from "../task/worker-client.ts";

/** A segment is no longer than this, seconds: beyond it a player would wait too long for a picture after a seek. */
const longestSegmentSeconds = 10.49;

/** Baseline, Main and High up to level 4.2 (ISO/IEC 14496-10 annex A): what every device that plays HLS decodes. */
const profiles = [66, 77, 100];
const highestLevel = 42;

/** AVC NAL unit types of sequence and picture parameter sets (ISO/IEC 14496-10 §7.4.1). */
const parameterSets = [7, 8];

/** The failure of pictures that can't be played as they are. */
export function noPassthrough(why: string, log = ""): TaskFailure {
  return new TaskFailure("no_passthrough", `The source's own pictures are not played: ${why}.`, { log });
}

/** A segment that is being gathered. */
interface Gathered {
  fragments: Uint8Array[];
  firstFrame: number;
  frames: number;
  bytes: number;
  /** The frames at which its pictures are shown. */
  shown: number[];
  iframes: SegmentReport["iframes"];
}

/**
 * Stores the track. A segment begins at an IDR picture, and its pictures are exactly the frames of its stretch of the
 * grid: one for each, none of another segment's (closed GOPs, Apple's authoring specification 1.13 and 7.2).
 * @param onFrames is called with the number of frames that are stored.
 * @throws TaskFailure `no_passthrough`
 */
export async function storePassthrough(
  api: WorkerClient,
  { key, grid }: Pick<PassthroughTask, "key" | "grid">,
  stream: AsyncIterable<Uint8Array>,
  onFrames: (frames: number) => void,
): Promise<RenditionReport> {
  const rate = toNumber(grid.frameRate);
  const mostFrames = Math.floor(longestSegmentSeconds * rate);
  const segments: SegmentReport[] = [];
  let init: { stored: StoredObject; avcC: Uint8Array; codecs: string; timescale: number } | null = null;
  let open: Gathered | null = null;
  let frame = 0;
  let fragments = 0;

  const close = async (): Promise<void> => {
    if (open === null) return;
    const { firstFrame, frames, shown, iframes } = open;
    if (frames > mostFrames) throw noPassthrough(`${Math.round(frames / rate)} s lie between its key frames`);
    if (new Set(shown).size < frames || Math.min(...shown) < firstFrame || Math.max(...shown) >= frame)
      throw noPassthrough("its pictures don't come at an even rate");
    const bytes = Buffer.concat(open.fragments);
    const stored = await api.putMedia(key, segmentFile(segments.length), "video/iso.segment", bytes);
    const ticks = { start: firstFrame * grid.frameTicks, duration: frames * grid.frameTicks };
    segments.push({ ...stored, ...ticks, frames, iframes });
    open = null;
    onFrames(frame);
  };

  for await (const piece of splitFragments(stream)) {
    if (piece.kind === "init") {
      const avcC = avcConfiguration(piece.bytes);
      checkConfiguration(avcC);
      const stored = await api.putMedia(key, initFile, "video/mp4", piece.bytes);
      init = { stored, avcC, ...describeInit(piece.bytes) };
      continue;
    }
    const fragment = parseFragment(piece.bytes);
    const frames = fragment.sampleSizes.length;
    if (
      init === null ||
      fragment.decodeTime !== frame * grid.frameTicks ||
      !isEven(fragment, grid.frameTicks)
    )
      throw noPassthrough("its pictures don't come at an even rate");
    const isIdr = startsWithSync(fragment, "h264");
    if (isIdr && hasOtherParameters(fragment, init.avcC))
      throw noPassthrough("its encoder's settings change on the way");
    // A key frame that is no IDR picture (an open GOP) is no place to cut.
    if (isIdr && (open === null || open.frames + frames > grid.segmentFrames)) await close();
    if (!isIdr && open === null) throw noPassthrough("it doesn't begin with a whole picture");
    open ??= { fragments: [], firstFrame: frame, frames: 0, bytes: 0, shown: [], iframes: [] };
    fragments += 1;
    setSequenceNumber(piece.bytes, fragments);
    const duration = frames * grid.frameTicks;
    const end = fragment.dataOffset + (fragment.sampleSizes[0] ?? 0);
    if (isIdr) open.iframes.push({ offset: open.bytes, bytes: end, duration });
    else lengthen(open.iframes, duration);
    for (const [n, offset] of fragment.sampleOffsets.entries())
      open.shown.push(frame + n + offset / grid.frameTicks);
    open.fragments.push(piece.bytes);
    open.bytes += piece.bytes.byteLength;
    open.frames += frames;
    frame += frames;
  }
  await close();
  if (init === null || frame !== grid.frames)
    throw noPassthrough(`it has ${frame} pictures where its times have room for ${grid.frames}`);
  return { key, codecs: init.codecs, timescale: init.timescale, init: init.stored, segments };
}

/** An I-frame is shown until the next one. */
function lengthen(iframes: SegmentReport["iframes"], ticks: number): void {
  const last = iframes.at(-1);
  if (last !== undefined) last.duration += ticks;
}

function isEven({ sampleDurations }: Fragment, frameTicks: number): boolean {
  return sampleDurations.every((duration) => duration === frameTicks);
}

function checkConfiguration(avcC: Uint8Array): void {
  const [, profile = 0, , level = 0, lengthSize = 0] = avcC;
  if (!profiles.includes(profile) || level > highestLevel)
    throw noPassthrough(`not every device decodes H.264 profile ${profile} at level ${level / 10}`);
  if ((lengthSize & 3) !== 3) throw noPassthrough("its pictures are framed in an old way");
}

/**
 * Is true when the IDR picture brings parameter sets that the init segment doesn't have: those in a segment are not
 * looked at.
 */
function hasOtherParameters(fragment: Fragment, avcC: Uint8Array): boolean {
  const known = Buffer.from(avcC);
  const sample = Buffer.from(
    fragment.bytes.subarray(fragment.dataOffset, fragment.dataOffset + (fragment.sampleSizes[0] ?? 0)),
  );
  for (let at = 0; at + 5 <= sample.byteLength; at += 4 + sample.readUInt32BE(at)) {
    const unit = sample.subarray(at + 4, at + 4 + sample.readUInt32BE(at));
    if (parameterSets.includes(unit.readUInt8(0) & 0x1f) && !known.includes(unit)) return true;
  }
  return false;
}
