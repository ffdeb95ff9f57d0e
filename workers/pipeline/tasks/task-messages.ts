/** Messages on the transcode queue: invitations to consumers, one for each slot of the fleet that may find work. */
import { z } from "zod";

/** The most messages that Cloudflare Queues take in one `sendBatch`. */
const batchMessages = 100;

/**
 * The body of a message on the transcode queue. It is a hint that there is something to do, and names the task that it was
 * sent for; its consumer takes whichever task should run next, and goes on until nothing is due.
 */
export const taskMessage = z.object({ taskId: z.string() });
/** See {@link taskMessage}. */
export type TaskMessage = z.infer<typeof taskMessage>;

/**
 * Invites consumers for tasks that are due, the first ones first: never more than the fleet has slots, because each consumer
 * works through many tasks, and more messages than slots only wait.
 * @param wanted consumers that may find room; the whole fleet where nobody knows
 * @returns how many messages were sent
 */
export async function inviteConsumers(
  env: Pick<Env, "TRANSCODE_QUEUE" | "FLEET_SIZE">,
  taskIds: string[],
  wanted = Number(env.FLEET_SIZE),
): Promise<number> {
  const invited = taskIds.slice(0, Math.min(wanted, Number(env.FLEET_SIZE)));
  for (let n = 0; n < invited.length; n += batchMessages) {
    const messages = invited
      .slice(n, n + batchMessages)
      .map((taskId) => ({ body: { taskId } satisfies TaskMessage }));
    await env.TRANSCODE_QUEUE.sendBatch(messages);
  }
  return invited.length;
}
