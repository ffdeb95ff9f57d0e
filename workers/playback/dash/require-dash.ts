import { Problem } from "../../http/problem.ts";
import type { PlayableTitle } from "../policy/playable-title.ts";

/** @throws Problem 403 `dash_not_offered`: DASH has no whole-segment AES-128, and an encrypted title's clear files are refused. */
export function requireDash({ encryption }: Pick<PlayableTitle, "encryption">): void {
  if (encryption === "none") return;
  throw new Problem(
    403,
    "dash_not_offered",
    "This title is encrypted, which DASH players can't play. Play main.m3u8 at the same address instead.",
  );
}
