/**
 * The process of one task: reads its request from standard input, writes its events to file descriptor 3, and ends with exit
 * code 0 once it has written the last one. apart/run-apart.ts starts it.
 */
import { Socket } from "node:net";
import { createInterface } from "node:readline";
import type { TaskEvent } from "../../protocol/report.ts";
import { taskRequest } from "../../protocol/task.ts";
import { heartbeatMs } from "./apart/limits.ts";
import { runTask } from "./run-task.ts";

const answer = new Socket({ fd: 3, readable: false, writable: true });
const request = createInterface({ input: process.stdin });
request.once("line", (line) => void answerTask(line));
// The server's end stays open while it lives and wants the task.
request.once("close", endGroup);

async function answerTask(line: string): Promise<void> {
  const { taskId, api, spec } = taskRequest.parse(JSON.parse(line));
  const log = (what: string): void => console.log(new Date().toISOString(), taskId, spec.kind, what);
  let fraction = 0;
  const send = (event: TaskEvent, sent?: () => void): void =>
    void answer.write(`${JSON.stringify(event)}\n`, sent);
  // Sent by the very event loop that the film could hold up: who does not hear it knows.
  const heartbeat = setInterval(() => send({ type: "progress", fraction }), heartbeatMs);
  log("started");
  send({ type: "progress", fraction });
  const last = await runTask(spec, api, {
    signal: new AbortController().signal, // who wants it to end kills the process
    onProgress: (value) => {
      fraction = value;
    },
  });
  clearInterval(heartbeat);
  log(last.type === "failed" ? `failed: ${last.failure.code}: ${last.failure.log.slice(-500)}` : last.type);
  send(last, () => process.exit(0));
}

/** Ends this process and the tools that it has started: they are one group, which it leads. */
function endGroup(): void {
  try {
    process.kill(-process.pid, "SIGKILL");
  } finally {
    process.exit(1); // it leads none when a person started it
  }
}
