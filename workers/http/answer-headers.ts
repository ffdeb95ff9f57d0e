/** The headers of every answer, in one table: what browsers and caches may do with it. */
import { createMiddleware } from "hono/factory";
import { pagePolicy } from "./content-policy.ts";
import { ownOrigins } from "./own-origins.ts";

/**
 * A kind of answer, by its address: a viewer's page, a page for those who are signed in, JSON for programs, and the bytes of films
 * and pictures.
 */
export type AnswerKind = "page" | "studio" | "api" | "media" | "image";

/** Nobody shows our answers in a frame. For browsers before CSP level 2 too. */
const unframed = { "X-Frame-Options": "DENY" };

const ofAll = { ...unframed, "X-Content-Type-Options": "nosniff" };

const ofPages = {
  ...ofAll,
  "Content-Security-Policy": pagePolicy,
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
  "Referrer-Policy": "same-origin",
};

/** Other origins' players may load these (see `mediaCors`). A stricter policy would stop browsers that open a film by itself. */
const ofFiles = {
  ...ofAll,
  "Content-Security-Policy": "frame-ancestors 'none'",
  "Referrer-Policy": "no-referrer",
};

/** By kind. A route that has set one of them itself (the player's page, how long a segment is kept) has its own way. */
export const answerHeaders: Readonly<Record<AnswerKind, Readonly<Record<string, string>>>> = {
  // Pages show what is true now and for this viewer; a browser may go back to one, if it asks first.
  page: { ...ofPages, "Cache-Control": "private, no-cache" },
  // With addresses that play, names and rights in them: gone with the session, also from a shared computer's disk.
  studio: { ...ofPages, "Cache-Control": "no-store" },
  api: {
    ...ofAll,
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
  },
  media: { ...ofFiles, "Cache-Control": "no-store" },
  image: { ...ofFiles, "Cache-Control": "no-store" },
};

/** Where the service is reached by https only: browsers come back by nothing else for a year (RFC 6797). */
export const strictTransport = ["Strict-Transport-Security", "max-age=31536000; includeSubDomains"] as const;

const kinds: readonly [folder: string, AnswerKind][] = [
  ["v", "media"],
  ["images", "image"],
  ["v1", "api"],
  ["internal", "api"],
  ["healthz", "api"],
  ["livez", "api"],
  ["studio", "studio"],
  ["ops", "studio"],
];

/** The kind of the answer at a path. */
export function answerKindOf(pathname: string): AnswerKind {
  const folder = pathname.split("/", 2)[1];
  return kinds.find(([name]) => name === folder)?.[1] ?? "page";
}

/** Gives each answer, also refusals and what no route knows, the headers of its kind. */
export const setAnswerHeaders = createMiddleware<{ Bindings: Env }>(async (c, next) => {
  await next();
  const { headers } = c.res;
  for (const [name, value] of Object.entries(answerHeaders[answerKindOf(c.req.path)])) {
    if (!headers.has(name)) headers.set(name, value);
  }
  if (ownOrigins(c.env).main.startsWith("https:")) headers.set(...strictTransport);
});
