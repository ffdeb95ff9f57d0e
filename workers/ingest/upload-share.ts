/** Whether a producer's share has room for an upload. */
import { openDatabase } from "../catalog/database.ts";
import { readShare, type Share } from "../catalog/usage.ts";
import { quotaExceeded, type RefusingQuota } from "../http/quota-problem.ts";

/**
 * The quota that a new upload would go beyond; null when there is room. Pure.
 * @param more bytes beyond those that are counted; @param news uploads that are not counted yet: 1 before it is there, else 0
 */
export function quotaForUpload({ quotas, used }: Share, more: number, news: 0 | 1): RefusingQuota | null {
  const uploads = used.open_uploads + news;
  if (uploads > quotas.open_uploads) return "open_uploads";
  if (used.bytes_stored + more > quotas.bytes_stored) return "bytes_stored";
  if (used.films + uploads > quotas.films) return "films";
  if (used.ended_uploads + uploads > quotas.ended_uploads) return "ended_uploads";
  return used.open_tasks >= quotas.open_tasks ? "open_tasks" : null;
}

/**
 * Checks that more bytes of an upload have room that did not say how many they will be: those it has are counted.
 * @param more bytes beyond its offset, as far as they are known
 * @throws Problem 403 `storage_quota_exceeded`
 */
export async function requireRoom(
  env: Pick<Env, "DB">,
  producerId: string,
  more: number,
  now: number,
): Promise<void> {
  const share = await readShare(openDatabase(env), producerId, now);
  if (share.used.bytes_stored + more > share.quotas.bytes_stored) throw quotaExceeded("bytes_stored", share);
}
