import { accessSync, constants, mkdirSync } from "node:fs";
import { UserError } from "./user-error.ts";

/** Makes the state folder when it is missing. @throws UserError when it can't be made or written to. */
export function openStateFolder(state: string): void {
  try {
    mkdirSync(state, { recursive: true });
    accessSync(state, constants.W_OK | constants.X_OK);
  } catch (error) {
    const why = error instanceof Error && "code" in error ? reasons.get(String(error.code)) : undefined;
    throw new UserError(
      `${state} can't keep Marquee's data: ${why ?? String(error)}. Set MARQUEE_STATE to a folder that you may write to.`,
    );
  }
}

const reasons: ReadonlyMap<string, string> = new Map([
  ["EEXIST", "it is not a folder"],
  ["ENOTDIR", "a part of its path is not a folder"],
  ["EACCES", "you may not write there"],
  ["EPERM", "you may not write there"],
  ["EROFS", "its disk is read-only"],
  ["ENOSPC", "its disk is full"],
]);
