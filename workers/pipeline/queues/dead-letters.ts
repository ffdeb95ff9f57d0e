/** Messages that their queue gave up on: keeping them, listing them and sending them again. */
import { desc, eq } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { olderThan } from "../../catalog/row-order.ts";
import { deadLetters } from "../../catalog/schema.ts";
import { sourceNotification } from "../../ingest/notification.ts";
import { newId } from "../../shared/new-id.ts";
import type { PageCursor } from "../../shared/page-cursor.ts";
import { taskMessage } from "../tasks/task-messages.ts";

/** A row of `dead_letters`. */
export type DeadLetter = typeof deadLetters.$inferSelect;

/** Keeps messages that their queue gave up on as rows: ops see them, and the reconciler has already moved their work on. */
export async function consumeDeadLetters(batch: MessageBatch, env: Env): Promise<void> {
  const db = openDatabase(env);
  for (const message of batch.messages) {
    try {
      await db.insert(deadLetters).values({
        id: newId("deadLetter"),
        queue: batch.queue,
        body: message.body,
        createdAt: message.timestamp.getTime(),
      });
      console.error("dead letter", message.body);
      message.ack();
    } catch (error) {
      console.error("a dead letter could not be kept", message.body, error);
      message.retry();
    }
  }
}

/** Dead letters, newest first: those after `after`, at most `limit`. */
export async function findDeadLetters(
  env: Pick<Env, "DB">,
  options: { after: PageCursor | null; limit: number },
): Promise<DeadLetter[]> {
  const { after, limit } = options;
  return openDatabase(env)
    .select()
    .from(deadLetters)
    .where(olderThan(deadLetters, after))
    .orderBy(desc(deadLetters.createdAt), desc(deadLetters.id))
    .limit(limit);
}

/** The queue of a message, by its shape (a dead letter doesn't name it); null when it is none of ours. */
export function queueOf(body: unknown): "marquee-ingest" | "marquee-transcode" | null {
  if (sourceNotification.safeParse(body).success) return "marquee-ingest";
  return taskMessage.safeParse(body).success ? "marquee-transcode" : null;
}

/**
 * Sends a dead letter's message to its queue again. Safe to repeat, because every consumer may get a message twice.
 * @returns the letter as it is then; null when there is none with this id, or its message is for none of our queues.
 */
export async function rerunDeadLetter(
  env: Pick<Env, "DB" | "INGEST_QUEUE" | "TRANSCODE_QUEUE">,
  id: string,
  now: number,
): Promise<{ letter: DeadLetter; sentTo: string | null } | null> {
  const db = openDatabase(env);
  const letter = await db.select().from(deadLetters).where(eq(deadLetters.id, id)).get();
  if (letter === undefined) return null;
  const sentTo = queueOf(letter.body);
  if (sentTo === null) return { letter, sentTo };
  await (sentTo === "marquee-ingest" ? env.INGEST_QUEUE : env.TRANSCODE_QUEUE).send(letter.body);
  await db.update(deadLetters).set({ rerunAt: now }).where(eq(deadLetters.id, id));
  return { letter: { ...letter, rerunAt: now }, sentTo };
}
