import { readdirSync, statSync } from "node:fs";
import path from "node:path";

/** Bytes of all files in a folder and below it. What goes away meanwhile, or was never there, counts as nothing. */
export function folderBytes(folder: string): number {
  let sum = 0;
  try {
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      const found = statSync(path.join(folder, name), { throwIfNoEntry: false });
      if (found?.isFile()) sum += found.size;
    }
  } catch {
    return sum;
  }
  return sum;
}

/** Bytes of the files of a state folder's databases. */
export function databaseBytes(state: string): number {
  return folderBytes(path.join(state, "v3", "d1"));
}
