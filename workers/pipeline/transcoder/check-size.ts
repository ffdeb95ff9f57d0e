/** Holds what an attempt stores to what its task was planned to make. */
import { fileNumberOf } from "../../../protocol/media-files.ts";
import { mezzanineBytes, mezzaninePartBytes } from "../../../protocol/planned-output.ts";
import { Problem } from "../../http/problem.ts";
import type { TaskAccess } from "./task-access.ts";

/** For attempts whose access does not say it: no object of ours is larger, bytes. */
const anyFileBytes = 100_000_000;

/**
 * Checks an object of a rendition before its body is read: with its size and its number bounded, so is all that an attempt
 * can store, without anybody keeping count.
 * @throws Problem 403 `not_in_task`, 411 `length_required`, 413 `too_much_output`.
 */
export function checkFile({ writes }: TaskAccess, rendition: string, file: string, request: Request): void {
  const planned = writes.files?.[rendition] ?? {
    bytes: anyFileBytes,
    first: 0,
    end: Number.POSITIVE_INFINITY,
  };
  const number = fileNumberOf(file);
  if (number !== null && (number < planned.first || number >= planned.end)) throw notInTask();
  checkLength(request, planned.bytes);
}

/** Checks an audio slice. @throws as {@link checkFile} */
export function checkSlice({ writes }: TaskAccess, request: Request): void {
  checkLength(request, writes.sliceBytes ?? anyFileBytes);
}

/** Checks a part of the mezzanine, counted from 1. @throws as {@link checkFile} */
export function checkPart({ source }: TaskAccess, part: number, request: Request): void {
  if (part < 1 || part > Math.ceil(mezzanineBytes(source.bytes) / mezzaninePartBytes)) throw notInTask();
  checkLength(request, mezzaninePartBytes);
}

/** The refusal of an object that is not the attempt's own. */
export function notInTask(): Problem {
  return new Problem(403, "not_in_task", "This task's grant does not cover that object.");
}

function checkLength(request: Request, mostBytes: number): void {
  const length = request.headers.get("Content-Length");
  if (length === null || !/^\d+$/.test(length))
    throw new Problem(411, "length_required", "Send the object's bytes with their Content-Length.");
  if (Number(length) > mostBytes) {
    const detail = `The plan has room for ${mostBytes} bytes here, and this object has ${length}. Stop working on it.`;
    throw new Problem(413, "too_much_output", detail);
  }
}
