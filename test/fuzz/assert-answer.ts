/** Checks an answer of the gateway against what the token really grants, with nothing of the gateway's own code. */
import { type FuzzFilm, type FuzzFilms, fuzzKeys } from "./fuzz-films.ts";
import type { FuzzPath } from "./fuzz-requests.ts";
import type { FuzzGrant, FuzzToken } from "./fuzz-tokens.ts";

/** A request as it was sent. */
export interface Sent {
  token: FuzzToken;
  path: FuzzPath;
  method: string;
  headers: Headers;
  country: string | undefined;
  /** True where the address, as clients send it, is one of the gateway's. */
  isGateways: boolean;
}

/** The answer, read to its end. */
export interface Answer {
  status: number;
  headers: Headers;
  body: Uint8Array;
}

/** Kind of an answer: its code for a refusal; `media` for bytes of a film; `wrong` says what must not be. */
export type Verdict = { what: string; wrong: null } | { what: string; wrong: string };

/** Checks one answer. */
export function assertAnswer(films: FuzzFilms, sent: Sent, { status, headers, body }: Answer): Verdict {
  const wrong = (sentence: string): Verdict => ({ what: String(status), wrong: sentence });
  const text = new TextDecoder().decode(body);
  if (status >= 500) return wrong(`a ${status}: ${text.slice(0, 300)}`);
  const leaked = Object.values(films).find(({ secret }) => text.includes(secret));
  const { grant } = sent.token;
  if (leaked !== undefined) {
    const why = whyNotGranted(grant, leaked, sent) ?? whyNotClear(leaked, text);
    if (why !== null) return wrong(`media of ${leaked.secret} came out, but ${why}`);
    if (status !== 200 && status !== 206) return wrong(`media came with status ${status}`);
    const fault = compare(leaked, sent, status, headers, body);
    if (fault !== null) return wrong(fault);
    return { what: "media", wrong: null };
  }
  if (!sent.isGateways) return { what: "elsewhere", wrong: null };
  if (status >= 400) return assertRefusal(sent, status, headers, text);
  if (status >= 200 && status < 300 && grant === null && sent.method !== "OPTIONS") {
    return wrong(`an answer of ${status} to a token that grants nothing`);
  }
  if (isPlain(sent) && grant !== null && status === 200 && sent.method === "GET") {
    return wrong("a plain request for a file got something else");
  }
  return { what: `${status}`, wrong: null };
}

/** Tells an ordinary request that must succeed, when its token is good for it. */
export function mustPlay(sent: Sent): boolean {
  const { grant } = sent.token;
  return (
    grant !== null &&
    !grant.film.isEncrypted &&
    isPlain(sent) &&
    sent.method === "GET" &&
    ![...sent.headers.keys()].length &&
    whyNotGranted(grant, grant.film, sent) === null &&
    mayHaveKey(grant, sent.path.file ?? "")
  );
}

function isPlain(sent: Sent): boolean {
  return sent.path.file !== null;
}

function mayHaveKey({ maxHeight }: FuzzGrant, file: string): boolean {
  return maxHeight === undefined || !file.startsWith(fuzzKeys[0]);
}

/** Reason for which the sender may have nothing of this film, in words; null when they may. Written from what the tokens were made for. */
function whyNotGranted(grant: FuzzGrant | null, film: FuzzFilm, sent: Sent): string | null {
  if (grant === null) return "the token grants nothing";
  if (grant.film !== film) return "the token is for another film";
  if (grant.countries !== undefined && !grant.countries.includes(sent.country ?? ""))
    return "not in that country";
  const isBlocked = film.secret.includes("blocked");
  if (isBlocked && !["DE"].includes(sent.country ?? "")) return "the title is not for that country";
  const address = sent.headers.get("CF-Connecting-IP") ?? "";
  if (grant.address !== undefined && !address.replace("::ffff:", "").startsWith(grant.address)) {
    return "not in that network";
  }
  const page = pageOf(sent.headers);
  if (grant.origin !== undefined && page !== null && page !== grant.origin) return "not in that page";
  const isPaged = film.secret.includes("paged");
  const pages = ["https://partner.test", "http://marquee.test"];
  if (isPaged && page !== null && !pages.includes(page)) return "the title is not for that page";
  return null;
}

/** Of an encrypted film only init segments are clear: they hold no pictures and no sound (RFC 8216 §4.3.2.5). */
function whyNotClear(film: FuzzFilm, text: string): string | null {
  return film.isEncrypted && text.includes("seg-") ? "it is delivered encrypted only" : null;
}

/** The page that the headers tell; null when they tell none, `hidden` when they tell of one that is not named. */
function pageOf(headers: Headers): string | null {
  const told = headers.get("Origin") ?? headers.get("Referer");
  if (told !== null) return /^https?:\/\/[^/\s]+/.exec(told)?.[0] ?? "hidden";
  const site = headers.get("Sec-Fetch-Site");
  if (site === "same-origin") return "http://marquee.test";
  return site === null || site === "none" ? null : "hidden";
}

/** Compares bytes with what is stored; null when they are it, or the part of it that the answer says. */
function compare(
  film: FuzzFilm,
  sent: Sent,
  status: number,
  headers: Headers,
  body: Uint8Array,
): string | null {
  const text = new TextDecoder().decode(body);
  const [path, stored] =
    [...film.stored].find(([at]) => {
      const [key = "", file = ""] = at.split("/");
      return sent.path.file === null ? text.includes(`${key} ${file}`) : sent.path.file === at;
    }) ?? [];
  if (path === undefined || stored === undefined) return "media of no known file";
  if (sent.token.grant !== null && !mayHaveKey(sent.token.grant, path))
    return `${path} is too high for the token`;
  if (status === 200) return body.toHex() === stored.toHex() ? null : `not the bytes of ${path}`;
  const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers.get("Content-Range") ?? "");
  const [first, last, size] = [Number(range?.[1]), Number(range?.[2]), Number(range?.[3])];
  if (range === null || size !== stored.length)
    return `a wrong Content-Range: ${headers.get("Content-Range")}`;
  return body.toHex() === stored.slice(first, last + 1).toHex()
    ? null
    : `not the bytes ${range[0]} of ${path}`;
}

/** Every refusal has a code and a sentence; those to HEAD have no body to say it in. */
function assertRefusal(sent: Sent, status: number, headers: Headers, text: string): Verdict {
  const what = String(status);
  if (headers.get("Content-Type") !== "application/problem+json") return { what, wrong: `a bare ${status}` };
  if (sent.method === "HEAD") return { what: `${status} (HEAD)`, wrong: null };
  const problem: unknown = JSON.parse(text);
  if (typeof problem !== "object" || problem === null) return { what, wrong: "no problem object" };
  const [code, detail]: unknown[] = [Reflect.get(problem, "code"), Reflect.get(problem, "detail")];
  if (typeof code !== "string" || !/^[a-z][a-z0-9_]+$/.test(code)) return { what, wrong: "no code" };
  if (typeof detail !== "string" || !detail.endsWith(".")) return { what: code, wrong: "no sentence" };
  return { what: `${status} ${code}`, wrong: null };
}
