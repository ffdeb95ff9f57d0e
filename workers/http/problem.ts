/** API errors as RFC 9457 problem details, each with a stable `code` and a `detail` that names the next step. */
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { z } from "zod";
import { databaseTrouble, databaseWords } from "../catalog/database-errors.ts";
import { redactSecrets } from "../shared/redact-secrets.ts";

/** A client's error: thrown anywhere in a request, answered as `application/problem+json` by {@link problemResponse}. */
export class Problem extends Error {
  readonly status: ContentfulStatusCode;
  readonly code: string;
  /** Extra headers of the response, for example `Allow` or `Tus-Version`. */
  readonly headers: Record<string, string>;
  /** Further members of the problem object, for example `pointer` for the part of the input that is wrong. */
  readonly members: Record<string, unknown>;

  /** @param code stable, snake_case; @param detail a sentence for a person: the fault, and the next step. */
  constructor(
    status: ContentfulStatusCode,
    code: string,
    detail: string,
    options: { headers?: Record<string, string>; members?: Record<string, unknown> } = {},
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.headers = options.headers ?? {};
    this.members = options.members ?? {};
  }
}

const unexpected = new Problem(
  500,
  "internal_error",
  "Something failed on our side. Try again; if it fails again, tell support the time and this code.",
);

/** The database is held, away or has too much to do: nothing is wrong with the request, and it may succeed in a moment. */
const databaseUnavailable = new Problem(
  503,
  "database_unavailable",
  "The service is busy just now. Nothing is lost: send the same request again in some seconds.",
  { headers: { "Retry-After": "5" } },
);

/** Describes the faults of an input: the place of each (RFC 6901), and a sentence's second half, as its schema words it. */
export function pointersOf(error: z.ZodError): { pointer: string; detail: string }[] {
  return error.issues.map(({ path, message }) => ({
    pointer: path.map((key) => `/${String(key)}`).join(""),
    detail: message,
  }));
}

/** Turns an error that a handler threw into a problem response (hono's `onError`). Unexpected errors are logged, not shown. */
export function problemResponse(error: unknown, c: Context): Response {
  const problem = problemOf(error);
  const pathname = redactSecrets(new URL(c.req.url).pathname);
  if (problem === unexpected) console.error("unexpected error", c.req.method, pathname, error);
  if (problem === databaseUnavailable)
    console.warn("no database", c.req.method, pathname, databaseWords(error));
  const body = {
    type: `urn:marquee:problem:${problem.code}`,
    title: problem.code.replaceAll("_", " "),
    status: problem.status,
    code: problem.code,
    detail: problem.message,
    ...problem.members,
  };
  return c.body(JSON.stringify(body), problem.status, {
    "Content-Type": "application/problem+json",
    "Cache-Control": "no-store",
    ...problem.headers,
  });
}

/** The problem as which an error is answered. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (databaseTrouble(error) === "unavailable") return databaseUnavailable;
  if (error instanceof HTTPException && error.status < 500) {
    return new Problem(error.status, "bad_request", error.message || "The request could not be read.");
  }
  return unexpected;
}
