import { openDatabase } from "../../catalog/database.ts";
import { readShare } from "../../catalog/usage.ts";
import { quotaExceeded } from "../../http/quota-problem.ts";

/** Checks that a producer may give more work to the transcoders. @throws Problem 429 `too_much_open_work` */
export async function requireWorkRoom(env: Pick<Env, "DB">, producerId: string, now: number): Promise<void> {
  const share = await readShare(openDatabase(env), producerId, now);
  if (share.used.open_tasks >= share.quotas.open_tasks) throw quotaExceeded("open_tasks", share);
}
