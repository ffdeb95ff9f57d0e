/** Refusals for viewers of an encrypted title who ask for its clear media, or for DASH. Pure. */
import { Problem } from "../../http/problem.ts";
import type { RenditionKind } from "../delivery/media-file.ts";

/** The encryption of a title. */
export interface EncryptionState {
  encryption: "none" | "aes-128";
  /** Unix milliseconds; null: it never changed. */
  encryptionChangedAt: number | null;
}

/**
 * Refuses the clear video and sound of an encrypted title, except to holders of a token from before it was encrypted: they
 * could download it all then, and their film must not stop in the middle.
 * @param issuedAt of the token, Unix seconds.
 * @throws Problem 403 `title_encrypted`.
 */
export function refuseClearMedia(
  { encryption, encryptionChangedAt }: EncryptionState,
  kind: RenditionKind,
  issuedAt: number,
): void {
  // RFC 8216 doesn't ask for encrypted subtitles, and players' support for them differs; pictures beside the film have no method.
  if (encryption === "none" || (kind !== "video" && kind !== "audio")) return;
  if (encryptionChangedAt !== null && issuedAt < Math.floor(encryptionChangedAt / 1000)) return;
  throw new Problem(
    403,
    "title_encrypted",
    "This title is now delivered encrypted only. Load its playlist again.",
  );
}

/** @throws Problem 403 `dash_not_offered`: DASH has no whole-segment AES-128, and an encrypted title's clear files are refused. */
export function requireDash({ encryption }: Pick<EncryptionState, "encryption">): void {
  if (encryption === "none") return;
  throw new Problem(
    403,
    "dash_not_offered",
    "This title is encrypted, which DASH players can't play. Play main.m3u8 at the same address instead.",
  );
}
