/**
 * The consumer of the transcode queue: a message is a slot of the fleet, held while it works. Beside an encode of
 * minutes the slot does light work, so that sound, subtitles, posters and new films' inspections don't wait for it, nor
 * it for them.
 */
import { databaseTrouble, databaseWords } from "../../catalog/database-errors.ts";
import { runsAlone } from "../tasks/task-lease.ts";
import { runAttempt } from "./run-attempt.ts";
import { SlotHolder, type Work } from "./slot-holder.ts";

/** A message is held for at most 15 minutes, and an encode takes up to ten: none begins later than this. */
const claimWithinMs = 4 * 60_000;

/** A slot is handed on after this long: what is due may be a task that others are about to take. */
const handOnSeconds = 1;

/**
 * While the database is away there is nothing to do, and the message waits this long. It is sent anew, because its tries are for
 * what may be wrong with it: used up in half a minute, they would leave nobody to go on when the database is back.
 */
const busySeconds = 10;

/** Pause after a call for tasks that failed, milliseconds. */
const askAgainMs = 2000;

/** Works through the tasks that are due, for each message: not the message's own task, but those that should run next. */
export async function consumeTranscode(
  batch: MessageBatch,
  env: Env,
  clock: () => number = Date.now,
): Promise<void> {
  for (const message of batch.messages) {
    await workSlot(env, message.body, clock);
    message.ack();
  }
}

/** Keeps one encode and some light tasks running until nothing is due; or for as long as a message may be held. */
async function workSlot(env: Env, body: unknown, clock: () => number): Promise<void> {
  const holder = new SlotHolder(env, clock);
  const until = clock() + claimWithinMs;
  const running = new Set<Promise<void>>();
  /** Tasks that run alone: while the slot has one it takes no other, which the transcoder would turn away. */
  const alone = new Set<string>();
  const failures: unknown[] = [];
  /** One call for tasks is out at a time; it also keeps the slot ours. */
  let asked: Promise<Work[]> | null = null;

  const begin = (work: Work): void => {
    const { id } = work.task;
    if (runsAlone(work.task)) alone.add(id);
    const attempt = runAttempt(env, work, clock)
      .catch((error: unknown) => void failures.push(error))
      .then(() => holder.end(id))
      .finally(() => {
        running.delete(attempt);
        alone.delete(id);
      });
    running.add(attempt);
  };

  for (;;) {
    const takes = clock() <= until && alone.size === 0;
    asked ??= holder.take({ takes, mayWait: running.size > 0 }).catch(async (error: unknown) => {
      failures.push(error);
      if (running.size > 0) await scheduler.wait(askAgainMs);
      return [];
    });
    const taken = await Promise.race([asked, ...running]);
    if (taken === undefined) continue;
    asked = null;
    taken.forEach(begin);
    if (running.size === 0) break;
  }
  // More is due, or may be when the message was held to its end: another message takes the slot.
  const isDue = await holder.leave();
  const broken = failures.filter((error) => databaseTrouble(error) !== "unavailable");
  const isBusy = failures.length > broken.length;
  if (isBusy) console.warn("the database is away: a slot waits", databaseWords(failures[0]));
  if (isDue || isBusy || clock() > until) {
    await env.TRANSCODE_QUEUE.send(body, { delaySeconds: isBusy ? busySeconds : handOnSeconds });
  }
  if (broken.length > 0) throw broken[0];
}
