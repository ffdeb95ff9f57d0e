/** One way for tests in workerd to ask the Worker, as a viewer, a producer or an operator. */
import { exports } from "cloudflare:workers";
import { z } from "zod";

/** The rest of a request besides its path. */
export interface SendOptions {
  /** GET where there is no body, else POST. */
  method?: string;
  /** A producer's API key; none: nobody is signed in. */
  key?: string | null;
  /** The viewer's country as Cloudflare tells it; undefined: the request has no `cf` at all. */
  country?: string | undefined;
  /** The viewer's network (autonomous system number). */
  asn?: number | null;
  headers?: HeadersInit;
  /** Sent as it is when it is text, bytes, a stream or a form; anything else as JSON. */
  body?: unknown;
  /** Scheme and host of the request's URL. */
  origin?: string;
}

/** Sends a request through the Worker's own handler; redirects are not followed. @param path from `/` on, or a whole URL */
export async function send(path: string, options: SendOptions = {}): Promise<Response> {
  const { country = "DE", asn = null, key = null, origin = "https://marquee.test" } = options;
  const headers = new Headers(options.headers);
  if (key !== null) headers.set("Authorization", `Bearer ${key}`);
  const body = bodyOf(options.body);
  return await exports.default.fetch(
    new Request(new URL(path, origin), {
      method: options.method ?? (body === null ? "GET" : "POST"),
      headers,
      body,
      redirect: "manual",
      cf: { country, ...(asn === null ? {} : { asn }) },
    }),
  );
}

const problem = z.looseObject({ status: z.number(), code: z.string(), detail: z.string() });

/** Status and code of a refusal. @throws where the answer is no problem+json (RFC 9457), or its status is another one */
export async function refusalOf(response: Response): Promise<[status: number, code: string]> {
  const type = response.headers.get("Content-Type");
  if (type !== "application/problem+json")
    throw new Error(`Expected a refusal, got ${response.status} ${type}`);
  const { status, code } = problem.parse(await response.json());
  if (status !== response.status)
    throw new Error(`The answer is ${response.status}, its body says ${status}.`);
  return [status, code];
}

function bodyOf(body: unknown): BodyInit | null {
  if (body === undefined || body === null) return null;
  const isSentAsIs =
    typeof body === "string" ||
    body instanceof Uint8Array ||
    body instanceof ReadableStream ||
    body instanceof URLSearchParams ||
    body instanceof FormData;
  return isSentAsIs ? body : JSON.stringify(body);
}
