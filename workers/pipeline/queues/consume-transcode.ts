/**
 * The consumer of the transcode queue: a message is a slot of the fleet, held while it works. Beside an encode of
 * minutes the slot does light work, so that sound, subtitles, posters and new films' inspections don't wait for it, nor
 * it for them.
 */
import { runAttempt } from "./run-attempt.ts";
import { SlotHolder, type Work } from "./slot-holder.ts";

/** A message is held for at most 15 minutes, and an encode takes up to ten: none begins later than this. */
const claimWithinMs = 4 * 60_000;

/** A slot is handed on after this long: what is due may be a task that others are about to take. */
const handOnSeconds = 1;

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
  const failures: unknown[] = [];
  /** One call for tasks is out at a time; it also keeps the slot ours. */
  let asked: Promise<Work[]> | null = null;

  const begin = (work: Work): void => {
    const attempt = runAttempt(env, work, clock)
      .catch((error: unknown) => void failures.push(error))
      .then(() => holder.end(work.task.id))
      .finally(() => running.delete(attempt));
    running.add(attempt);
  };

  for (;;) {
    asked ??= holder.take({ takes: clock() <= until, mayWait: running.size > 0 }).catch((error: unknown) => {
      failures.push(error);
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
  if (isDue || clock() > until) await env.TRANSCODE_QUEUE.send(body, { delaySeconds: handOnSeconds });
  if (failures.length > 0) throw failures[0];
}
