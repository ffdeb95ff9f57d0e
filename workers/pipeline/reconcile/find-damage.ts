/** Compares a published rendition's ledger with the objects that R2 holds. Pure. */

import { segmentOf } from "../../../protocol/media-files.ts";
import type { Plan } from "../plan/plan.ts";
import { type Ledger, objectsOf } from "../storage/ledger.ts";
import type { ListedObject } from "../storage/list-objects.ts";

/** The chunks (by ordinal) that must be encoded again, and the faults, for the log. */
export interface Damage {
  ordinals: number[];
  what: string[];
}

/**
 * Compares every object of the ledger with R2's list, and the sampled ones with the digest of their bytes.
 * @param sampled SHA-256 (hex) of objects that were read whole, by file.
 */
export function findDamage(
  ledger: Ledger,
  listed: ReadonlyMap<string, ListedObject>,
  sampled: ReadonlyMap<string, string>,
  plan: Pick<Plan, "grid" | "chunks" | "video">,
): Damage {
  const ordinals = new Set<number>();
  const what: string[] = [];
  for (const object of objectsOf(ledger)) {
    const there = listed.get(object.file);
    const digest = sampled.get(object.file);
    let fault: string | null = null;
    if (there === undefined) fault = "is missing";
    else if (there.bytes !== object.bytes || there.md5 !== object.md5) fault = "has other bytes";
    else if (digest !== undefined && digest !== object.sha256) fault = "reads as other bytes";
    if (fault === null) continue;
    what.push(`${object.file} ${fault}`);
    ordinals.add(chunkOf(object.file, ledger.key, plan));
  }
  return { ordinals: [...ordinals].sort((a, b) => a - b), what };
}

/** The segment that is read whole this time: each in its turn, `turn` by `turn`. Null for a rendition without segments. */
export function pickSample(ledger: Ledger, turn: number): string | null {
  return ledger.segments[turn % Math.max(1, ledger.segments.length)]?.file ?? null;
}

/** The chunk whose task wrote this file. Every chunk writes the same init segment; a track of another kind is one piece. */
function chunkOf(file: string, key: string, plan: Pick<Plan, "grid" | "chunks" | "video">): number {
  const isVideo = plan.video.some((rung) => rung.key === key);
  const segment = segmentOf(file) ?? 0;
  const frame = segment * plan.grid.segmentFrames;
  const chunk = plan.chunks.findIndex(({ firstFrame, endFrame }) => firstFrame <= frame && frame < endFrame);
  return isVideo ? Math.max(0, chunk) : 0;
}
