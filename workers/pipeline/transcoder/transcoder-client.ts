/**
 * Finds a transcoder for a task: a local process where TRANSCODER_URL is set, else a container behind a Transcoder
 * Durable Object. Both answer with the JSON lines of protocol/report.ts.
 */
import type { TaskRequest, TaskSpec } from "../../../protocol/task.ts";
import { fetchHeadWithin, headWithin } from "../../shared/fetch-within.ts";
import { localTranscoder, transcoderKey } from "../../shared/transcoder-key.ts";
import { withTimeout } from "../../shared/with-timeout.ts";
import { tellSlot } from "../scheduler/scheduler-client.ts";
import type { TaskAccess } from "./task-access.ts";
import { signGrant } from "./task-grant.ts";

/** One attempt at a task. */
export interface Attempt {
  taskId: string;
  lease: string;
  spec: TaskSpec;
  access: TaskAccess;
  /** It runs with no other task beside it. */
  alone: boolean;
}

/** Longest run of one attempt, milliseconds, and the longest wait before it in a transcoder where it is to run alone. */
export const longestRunMs = 20 * 60_000;
/** See {@link longestRunMs}. */
export const longestWaitMs = 12 * 60_000;

/** Longest wait for a local transcoder's answer to begin, milliseconds: it begins before the work does. */
const localAnswerMs = 10_000;

/** The same for a slot of the fleet, whose container may have to start first. */
const fleetAnswerMs = 75_000;

/** Longest wait for the words of a refusal, milliseconds. */
const refusalMs = 2000;

/** Slots that are tried when the first one has no room after all. */
const otherSlots = 4;

/**
 * Sends the attempt to a transcoder. @param slot the slot that the scheduler named; `""`: it named none
 * @returns its answer, a stream of JSON lines; null when no transcoder could be reached or had room.
 */
export async function startAttempt(
  env: Env,
  attempt: Attempt,
  slot: string,
  now: number,
): Promise<Response | null> {
  return env.TRANSCODER_URL === ""
    ? await startInFleet(env, attempt, slot)
    : await startLocally(env, attempt, now);
}

async function startLocally(
  env: Env,
  { taskId, lease, spec, access, alone }: Attempt,
  now: number,
): Promise<Response | null> {
  const expiresAt = now + longestWaitMs + longestRunMs;
  const grant = await signGrant(env.GRANT_SECRET, { taskId, lease, access, expiresAt });
  const body: TaskRequest = { taskId, spec, alone, api: `${env.CALLBACK_URL}/internal/${grant}` };
  const headers = { Authorization: `Bearer ${await transcoderKey(env.GRANT_SECRET, localTranscoder)}` };
  try {
    return await accepted(
      fetchHeadWithin(localAnswerMs, `${env.TRANSCODER_URL}/tasks`, {
        ...{ method: "POST", headers, body: JSON.stringify(body) },
      }),
    );
  } catch {
    return null;
  }
}

/** Asks the slot that was named, and only when that one refuses some others, drawn at random. */
async function startInFleet(env: Env, attempt: Attempt, slot: string): Promise<Response | null> {
  const size = Number(env.FLEET_SIZE);
  const first = Math.floor(Math.random() * size);
  const others = Array.from({ length: Math.min(size, otherSlots) }, (_, n) => `slot-${(first + n) % size}`);
  for (const name of slot === "" ? others : [slot, ...others.filter((other) => other !== slot)]) {
    try {
      const response = await accepted(
        headWithin(fleetAnswerMs, (signal) =>
          env.TRANSCODER.get(env.TRANSCODER.idFromName(name)).fetch("http://transcoder/tasks", {
            method: "POST",
            body: JSON.stringify({ ...attempt, slot: name }),
            signal,
          }),
        ),
      );
      if (response !== null) return response;
    } catch (error) {
      console.warn("transcoder slot did not answer", name, error);
    }
    await tellSlot(env, name, "refused");
  }
  return null;
}

async function accepted(answer: Promise<Response>): Promise<Response | null> {
  const response = await answer;
  if (response.ok && response.body !== null) return response;
  const words = await withTimeout("the transcoder", refusalMs, () => response.text()).catch(String);
  console.warn("transcoder refused a task", response.status, words.slice(0, 500));
  return null;
}
