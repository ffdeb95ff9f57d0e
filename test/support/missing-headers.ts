/** The headers that every answer must have, written down a second time: by kind, and with nothing of the product's own table. */
import { type AnswerKind, answerKindOf } from "../../workers/http/answer-headers.ts";

const referrer: Record<AnswerKind, string> = {
  ...{ page: "same-origin", studio: "same-origin" },
  ...{ api: "no-referrer", media: "no-referrer", image: "no-referrer" },
};

const kept: Record<AnswerKind, RegExp> = {
  // As JSON, for a program, a refusal is kept by nobody.
  page: /^(private, no-cache|no-store)$/,
  studio: /^no-store$/,
  api: /^no-store$/,
  // Never without a word, which caches would take for two hours.
  media: /^(no-store|private, |public, max-age=31536000, immutable$)/,
  image: /^(no-store|private, max-age=|public, max-age=3600$)/,
};

/** Finds headers that are missing or wrong. @param path the request's, from `/` on @returns a sentence each */
export function missingHeaders(path: string, headers: Headers): string[] {
  const pathname = path.split("?")[0] ?? "";
  const kind = answerKindOf(pathname);
  const isPage = kind === "page" || kind === "studio";
  const isOpen = kind === "media" || kind === "image" || /^\/v1\/playback(\/|$)/.test(pathname);
  const wanted: [name: string, value: RegExp][] = [
    ["X-Content-Type-Options", /^nosniff$/],
    ["X-Frame-Options", /^DENY$/],
    ["Content-Security-Policy", /frame-ancestors 'none'/],
    ["Strict-Transport-Security", /^max-age=31536000; includeSubDomains$/],
    ["Referrer-Policy", new RegExp(`^${referrer[kind]}$`)],
    ["Cache-Control", kept[kind]],
    ["Cross-Origin-Resource-Policy", isOpen ? /^cross-origin$/ : /^same-origin$/],
  ];
  if (isPage || kind === "api") wanted.push(["Content-Security-Policy", /default-src 'none'/]);
  if (isPage) {
    wanted.push(["Cross-Origin-Opener-Policy", /^same-origin$/], ["Permissions-Policy", /camera=\(\)/]);
  }
  return wanted
    .filter(([name, value]) => !value.test(headers.get(name) ?? ""))
    .map(([name]) => `${name} of ${kind} is ${headers.get(name) ?? "missing"}`);
}
