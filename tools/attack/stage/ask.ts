/** Requests as an attacker sends them: one at a time, never tried again, and whatever comes is an answer. */
import { z } from "zod";
import type { Producer } from "./target.ts";

/** An answer; status 0: the connection broke, or nothing came in time. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

/** Longest wait for an answer, milliseconds. */
const patienceMs = 30_000;

/** Asks as a producer. `body` is sent as JSON unless it is bytes. */
export async function askAs(
  producer: Producer,
  method: string,
  address: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return await ask(producer.url, method, address, body, {
    Authorization: `Bearer ${producer.key}`,
    ...headers,
  });
}

/** Asks as nobody. `address` may be a whole URL. */
export async function ask(
  url: string,
  method: string,
  address: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const isRaw = body instanceof Uint8Array || body instanceof URLSearchParams;
  try {
    const response = await fetch(new URL(address, url), {
      method,
      redirect: "manual",
      headers: body === undefined || isRaw ? headers : { "Content-Type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: isRaw ? new Uint8Array(bytesOf(body)) : JSON.stringify(body) }),
      signal: AbortSignal.timeout(patienceMs),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    return { status: 0, headers: new Headers(), text: String(error) };
  }
}

/** An answer's JSON. @throws Error when it is not of this shape; it says what came */
export function read<T extends z.ZodType>(answer: Answer, shape: T): z.infer<T> {
  const parsed = shape.safeParse(parse(answer.text));
  if (parsed.success) return parsed.data;
  throw new Error(`The server answered ${answer.status}: ${answer.text.slice(0, 200)}`);
}

/** A problem's stable code, or the status where there is none. */
export function codeOf(answer: Answer): string {
  const problem = z.object({ code: z.string() }).safeParse(parse(answer.text));
  return problem.success ? problem.data.code : String(answer.status);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function bytesOf(body: Uint8Array | URLSearchParams): Uint8Array {
  return body instanceof URLSearchParams ? new TextEncoder().encode(body.toString()) : body;
}
