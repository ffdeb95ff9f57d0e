/** Calls of Marquee's JSON API. */
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { fetchWithin } from "../../workers/shared/fetch-within.ts";
import { UserError } from "../local/user-error.ts";
import type { Server } from "./find-server.ts";

/** Longest wait for an answer, milliseconds. */
const answerMs = 30_000;

/** A server that says that it is busy (503) is asked again for this long, milliseconds. */
const busyMs = 120_000;

/** Longest pause that it can ask for (`Retry-After`), milliseconds. */
const longestPauseMs = 15_000;

/** An RFC 9457 problem as Marquee sends it. */
export const problemSchema = z.object({ code: z.string(), detail: z.string() });

const stageSchema = z.object({ name: z.string(), status: z.string(), fraction: z.number() });

/** The part of an asset (`GET /v1/assets/{id}`) that the command line shows. */
export const assetSchema = z.object({
  id: z.string(),
  status: z.enum(["waiting", "preparing", "ready", "errored"]),
  title_id: z.string(),
  title: z.string().nullish(),
  filename: z.string(),
  duration: z.number().nullish(),
  created_at: z.string(),
  watch_url: z.string().nullish(),
  playback_url: z.string().nullish(),
  progress: z
    .object({
      fraction: z.number(),
      eta_seconds: z.number().nullish(),
      stages: z.array(stageSchema),
    })
    .nullish(),
  renditions: z.array(z.object({ label: z.string(), kind: z.string(), status: z.string() })).nullish(),
  error: problemSchema.nullish(),
});

/** See {@link assetSchema}. */
export type Asset = z.infer<typeof assetSchema>;

/** The server could not be reached, or did not answer; a later call may get through. */
export class Unreachable extends UserError {}

/**
 * Sends one request and reads its JSON answer; null for an answer without a body. A server that is busy (503
 * `database_unavailable`) is waited for; every call of ours may be repeated.
 * @throws UserError with the server's code and sentence; {@link Unreachable}
 */
export async function callApi(
  server: Server,
  method: "GET" | "POST" | "DELETE",
  path: string,
  body?: unknown,
): Promise<unknown> {
  const until = Date.now() + busyMs;
  for (let busy = 0; ; busy++) {
    const { response, text } = await send(server, method, path, body);
    if (response.ok) return readJson(server, response.status, text);
    const problem = answerProblem(server, response.status, text);
    const waitMs = Number(response.headers.get("Retry-After") ?? Number.NaN) * 1000;
    if (problem.code !== "database_unavailable" || !(Date.now() + waitMs < until)) throw problem;
    if (busy === 0) console.error("The server is busy; waiting for it.");
    await pause(Math.min(longestPauseMs, waitMs));
  }
}

async function send(
  server: Server,
  method: string,
  path: string,
  body: unknown,
): Promise<{ response: Response; text: string }> {
  try {
    const response = await fetchWithin(answerMs, `${server.url}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${server.key}`,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { response, text: await response.text() };
  } catch {
    throw unreachable(server);
  }
}

function readJson(server: Server, status: number, text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    throw notMarquee(server, status);
  }
}

/** Parses an answer. @throws UserError `unexpected_answer` */
export function readAnswer<T extends z.ZodType>(server: Server, answer: unknown, schema: T): z.infer<T> {
  const parsed = schema.safeParse(answer);
  if (!parsed.success) throw notMarquee(server, 200);
  return parsed.data;
}

/** For a server that can't be reached. */
export function unreachable(server: Server): Unreachable {
  return new Unreachable(
    `No Marquee answers at ${server.url}. Start one with npm start, or name another with --server URL.`,
    "server_unreachable",
  );
}

/** Explains an answer with an error status. @param text its body */
export function answerProblem(server: Server, status: number, text: string): UserError {
  let problem: z.infer<typeof problemSchema>;
  try {
    problem = problemSchema.parse(JSON.parse(text));
  } catch {
    return status >= 500
      ? new Unreachable(`The server at ${server.url} failed (${status}). Try again.`, "server_failed")
      : notMarquee(server, status);
  }
  if (status === 401) {
    return new UserError(
      `The server at ${server.url} does not know this key. Give another with --key or in MARQUEE_KEY.`,
      problem.code,
    );
  }
  const sentence = `${problem.detail} (${problem.code})`;
  return status >= 500 ? new Unreachable(sentence, problem.code) : new UserError(sentence, problem.code);
}

function notMarquee(server: Server, status: number): UserError {
  return new UserError(
    `${server.url} does not answer like a Marquee (status ${status}). Check --server.`,
    "unexpected_answer",
  );
}
