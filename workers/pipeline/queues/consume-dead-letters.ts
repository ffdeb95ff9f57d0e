import { openDatabase } from "../../catalog/database.ts";
import { deadLetters } from "../../catalog/schema.ts";
import { newId } from "../../shared/new-id.ts";

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
