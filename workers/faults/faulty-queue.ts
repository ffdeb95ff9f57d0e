import type { Ask } from "./ask-controller.ts";

/** A late message is overtaken by those sent within this many seconds. */
const lateSeconds = 3;

/** A queue that loses, doubles and reorders messages. */
export function faultyQueue(queue: Queue, ask: Ask): Queue {
  const distort = async (message: MessageSendRequest): Promise<MessageSendRequest[]> => {
    switch (await ask("message", JSON.stringify(message.body))) {
      case "drop":
        return [];
      case "duplicate":
        return [message, message];
      case "reorder":
        return [{ ...message, delaySeconds: (message.delaySeconds ?? 0) + lateSeconds }];
      default:
        return [message];
    }
  };
  const sendBatch: Queue["sendBatch"] = async (messages, options) => {
    const kept: MessageSendRequest[] = [];
    for (const message of messages) kept.push(...(await distort(message)));
    const metrics = await queue.metrics();
    return kept.length === 0 ? { metadata: { metrics } } : await queue.sendBatch(kept, options);
  };
  return {
    metrics: () => queue.metrics(),
    sendBatch,
    send: (body, options) => sendBatch([{ body, ...options }]),
  };
}
