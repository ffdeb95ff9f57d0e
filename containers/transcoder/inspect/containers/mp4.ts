/** An MP4 or QuickTime file's outer structure and index, before FFmpeg trusts either. */
import { maxBoxHeaderBytes, readBoxHeader } from "../../isobmff/boxes.ts";
import { maxMoovBytes, maxSamples } from "../../task/limits.ts";
import { badTimestamps, damaged, encrypted, tooLargeIndex, truncated } from "../../task/source-errors.ts";
import { TaskFailure } from "../../task/task-failure.ts";
import { isStretched } from "./check-timestamps.ts";
import { readSampleTables, type SampleTables, TooManyBoxes } from "./mp4-sample-tables.ts";
import type { ReadSource } from "./read-source.ts";
import { unpackIndex } from "./unpack-index.ts";

/** An index comes among this many top-level boxes; FFmpeg passes over any further one. */
const maxTopLevelBoxes = 500;

/** Sample entries of protected tracks: common encryption (ISO/IEC 23001-7), and Apple's FairPlay. */
export const protectedEntries: ReadonlySet<string> = new Set([
  ...["encv", "enca", "enct", "encs"],
  ...["drmi", "drms"],
]);

/** Parts of an index, which FFmpeg would also take outside of one. */
const indexParts = new Set(["trak", "mdia", "minf", "stbl", "cmov"]);

/**
 * FFmpeg also reads an index in a box that says to be unused: in `hoov` as in `moov`, in `free` when the file has no other. It
 * begins with one of these then.
 */
const firstInIndex = new Set(["mvhd", "cmov"]);

/** Bytes of a box's header and of its first child's. */
const lookedAtBytes = maxBoxHeaderBytes + 8;

/**
 * Walks over the top-level boxes to the first index and checks it: what FFmpeg would believe is never behind the walk's end.
 * @throws TaskFailure `truncated`, `encrypted`, `damaged`, `bad_timestamps`, `too_large`, `unsupported_container`.
 */
export async function checkMp4(bytes: number, read: ReadSource): Promise<void> {
  let hasMoov = false;
  let hasMedia = false;
  let unused: { start: number; end: number } | null = null;
  let offset = 0;
  const check = async (start: number, end: number): Promise<void> => {
    if (end - start > maxMoovBytes) throw tooLargeIndex();
    checkMoov(unpackIndex(await read(start, end)), bytes);
  };
  for (let n = 0; offset < bytes; n++) {
    // A fragmented film goes on for thousands of boxes, and its index is in front.
    if (n >= maxTopLevelBoxes && hasMoov) break;
    if (n >= maxTopLevelBoxes) throw damaged(`its index is not among its first ${maxTopLevelBoxes} boxes`);
    const head = await read(offset, offset + lookedAtBytes);
    const header = readBoxHeader(head, 0);
    if (header === null) break; // too few bytes are left for a box
    if (header.end < header.content && hasMoov) break;
    if (header.end < header.content || indexParts.has(header.type))
      throw damaged("its boxes don't lie as they must");
    const end = header.end === Number.POSITIVE_INFINITY ? bytes : offset + header.end;
    // Junk after the film's boxes is harmless; a box that holds the film and goes on past the end is not.
    if (end > bytes && ["moov", "mdat", "moof"].includes(header.type)) throw truncated(end, bytes);
    const isIndex = firstInIndex.has(readBoxHeader(head.subarray(header.content), 0)?.type ?? "");
    if (!hasMoov && (header.type === "moov" || (header.type === "hoov" && isIndex))) {
      hasMoov = true;
      await check(offset + header.content, end);
    }
    if (header.type === "free" && isIndex) unused ??= { start: offset + header.content, end };
    if (header.type === "mdat" || header.type === "moof") hasMedia = true;
    offset = end;
  }
  if (!hasMoov && unused !== null) await check(unused.start, unused.end);
  else if (!hasMoov && hasMedia) throw truncated(null, bytes);
}

function checkMoov(moov: Uint8Array, fileBytes: number): void {
  let tracks: SampleTables[];
  try {
    tracks = readSampleTables(moov);
  } catch (error) {
    if (error instanceof TooManyBoxes) throw damaged("its index has more boxes than any film has");
    if (error instanceof RangeError) throw damaged("a box of its index is shorter than it must be");
    throw error;
  }
  // A protected track's entry may be the second one, where a clear lead goes before: look at them all.
  const index = Buffer.from(moov.buffer, moov.byteOffset, moov.byteLength);
  const isProtected = tracks.some(({ codec }) => protectedEntries.has(codec)) || hasSchemeInfo(index);
  if (isProtected) throw encrypted();
  const pictures = tracks.filter(({ handler }) => handler === "vide");
  if (pictures.some(({ isExternal }) => isExternal)) throw referenceMovie();
  for (const track of tracks) checkTrack(track, fileBytes);
  const film = pictures.find(({ samples }) => samples > 1) ?? pictures[0];
  const sounds = tracks.filter(({ handler }) => handler === "soun");
  if (film === undefined) return;
  const soundSeconds = Math.max(0, ...sounds.map((track) => track.durationSeconds - track.heldSeconds));
  if (isStretched({ ...film, soundSeconds })) throw badTimestamps(film.durationSeconds, film.samples);
}

function checkTrack(track: SampleTables, fileBytes: number): void {
  if (track.isBroken) throw damaged("its index names more samples than it lists");
  if (track.handler === "vide" && track.fixedBytes > fileBytes) {
    throw damaged("its index names more bytes than the file has");
  }
  if (track.samples > maxSamples && !track.isPcm) {
    throw damaged(`a track of it claims ${track.samples} samples, more than 12 hours have`);
  }
}

/** `sinf` with a `schm` in it: a protected sample entry, wherever it lies. `pssh`: keys for one. */
function hasSchemeInfo(moov: Buffer): boolean {
  for (let at = moov.indexOf("sinf"); at !== -1; at = moov.indexOf("sinf", at + 4)) {
    if (moov.subarray(at, at + 64).includes("frma")) return true;
  }
  for (let at = 0; ; ) {
    const box = readBoxHeader(moov, at);
    if (box === null || box.end <= at) return false;
    if (box.type === "pssh") return true;
    at = box.end;
  }
}

function referenceMovie(): TaskFailure {
  return new TaskFailure(
    "unsupported_container",
    "This QuickTime film only points at media in other files. Save it as a self-contained movie and upload that.",
  );
}
