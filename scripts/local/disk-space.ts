import { mkdirSync, statfsSync } from "node:fs";
import { UserError } from "./user-error.ts";

/** Less than this and a film's renditions may not fit, bytes. */
const leastFreeBytes = 1_000_000_000;

/** @throws UserError when the disk of `folder` is nearly full. */
export function ensureDiskSpace(folder: string, freeBytes: number = freeBytesOf(folder)): void {
  if (freeBytes >= leastFreeBytes) return;
  throw new UserError(
    `Only ${Math.floor(freeBytes / 1e6)} MB are free on the disk of ${folder}; Marquee needs at least 1 GB. ` +
      "Free some, or set MARQUEE_STATE to a folder on another disk.",
  );
}

function freeBytesOf(folder: string): number {
  mkdirSync(folder, { recursive: true });
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
