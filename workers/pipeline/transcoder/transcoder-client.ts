/**
 * Finds a transcoder for a task: a local process where TRANSCODER_URL is set, else a container behind a Transcoder
 * Durable Object. Both answer with the JSON lines of protocol/report.ts.
 */
import type { TaskRequest, TaskSpec } from "../../../protocol/task.ts";
import { signGrant } from "./task-grant.ts";

/** One attempt at a task. */
export interface Attempt {
  taskId: string;
  lease: string;
  spec: TaskSpec;
}

/** Longest time that one attempt may take. */
const attemptMs = 20 * 60_000;

/**
 * Sends the attempt to a transcoder.
 * @returns its answer, a stream of JSON lines; null when no transcoder could be reached or had room.
 */
export async function startAttempt(env: Env, attempt: Attempt, now: number): Promise<Response | null> {
  return env.TRANSCODER_URL === "" ? await startInFleet(env, attempt) : await startLocally(env, attempt, now);
}

async function startLocally(
  env: Env,
  { taskId, lease, spec }: Attempt,
  now: number,
): Promise<Response | null> {
  const grant = await signGrant(env.GRANT_SECRET, { taskId, lease, expiresAt: now + attemptMs });
  const body: TaskRequest = { taskId, spec, api: `${env.CALLBACK_URL}/internal/${grant}` };
  try {
    return await accepted(
      fetch(`${env.TRANSCODER_URL}/tasks`, { method: "POST", body: JSON.stringify(body) }),
    );
  } catch {
    return null;
  }
}

/** Asks one slot of the fleet after another: there are as many as the queue runs consumers, so one has room. */
async function startInFleet(env: Env, attempt: Attempt): Promise<Response | null> {
  const slots = Number(env.FLEET_SIZE);
  const first = Math.floor(Math.random() * slots);
  for (let n = 0; n < slots; n++) {
    const slot = env.TRANSCODER.get(env.TRANSCODER.idFromName(`slot-${(first + n) % slots}`));
    try {
      const response = await accepted(
        slot.fetch("http://transcoder/tasks", { method: "POST", body: JSON.stringify(attempt) }),
      );
      if (response !== null) return response;
    } catch (error) {
      console.warn("transcoder slot did not answer", error);
    }
  }
  return null;
}

async function accepted(answer: Promise<Response>): Promise<Response | null> {
  const response = await answer;
  if (response.ok && response.body !== null) return response;
  console.warn("transcoder refused a task", response.status, (await response.text()).slice(0, 500));
  return null;
}
