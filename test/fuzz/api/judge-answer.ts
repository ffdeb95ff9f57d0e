/** Judges an answer of the API or a page by what must be true of each. */
import { missingHeaders } from "../../support/missing-headers.ts";
import type { ApiRequest } from "./draw-request.ts";
import { markup } from "./draw-value.ts";
import { bystanderSecret } from "./fuzz-world.ts";

/** Longest time that an answer may take when nothing else is asked, milliseconds. */
const longestAnswerMs = 5000;

/** The same of an operator's call that writes a hundred titles anew, milliseconds. */
const longestRepublishMs = 60_000;

/** An answer, read to its end. */
export interface ApiAnswer {
  status: number;
  headers: Headers;
  text: string;
}

/** Tells whether an answer came too late for its route. */
export function isLate(route: string, tookMs: number): boolean {
  return tookMs > (route === "POST /v1/ops/republish" ? longestRepublishMs : longestAnswerMs);
}

/** Finds what must not be. @returns the answer's kind, for the table at the end, and a sentence for each fault */
export function judgeAnswer(sent: ApiRequest, answer: ApiAnswer): { kind: string; faults: string[] } {
  const { status, headers, text } = answer;
  const faults = missingHeaders(sent.path, headers);
  const code = codeOf(answer);
  if (status >= 500 && !isTranscoderAway(sent, status)) faults.push(`a ${status}: ${text.slice(0, 300)}`);
  if (status >= 400) faults.push(...judgeRefusal(sent, answer));
  if (isHtml(headers) && text.includes("<fuzz-mark>"))
    faults.push(`markup of the sender's came back: ${around(text)}`);
  if (!sent.isOperators && text.includes(bystanderSecret))
    faults.push("another producer's file name came out");
  const location = headers.get("Location");
  if (location !== null && !isOwn(location, sent.request.url)) faults.push(`a redirect to ${location}`);
  return { kind: `${status} ${code}`.trim(), faults };
}

/** The transcoder is away in these tests, and says so here alone. */
function isTranscoderAway({ path }: ApiRequest, status: number): boolean {
  return status === 503 && /^\/healthz(\?|$)/.test(path);
}

function judgeRefusal({ path, request }: ApiRequest, { status, headers, text }: ApiAnswer): string[] {
  const type = headers.get("Content-Type") ?? "none";
  const mustBeProblem = /^\/(v1|v|internal|images)\//.test(path);
  if (type !== "application/problem+json") {
    if (mustBeProblem) return [`a bare ${status} (${type})`];
    return isHtml(headers) || isTranscoderAway({ path } as ApiRequest, status)
      ? []
      : [`a ${status} of ${type}`];
  }
  if (request.method === "HEAD") return [];
  const problem = parse(text);
  if (problem === null) return ["no problem object"];
  const [code, detail] = [Reflect.get(problem, "code"), Reflect.get(problem, "detail")] as unknown[];
  const faults: string[] = [];
  if (typeof code !== "string" || !/^[a-z][a-z0-9_]+$/.test(code)) faults.push(`no code: ${String(code)}`);
  if (typeof detail !== "string" || !/[.!?]$/.test(detail)) faults.push(`no sentence: ${String(detail)}`);
  if (Reflect.get(problem, "status") !== status) faults.push("another status in the body");
  return faults;
}

function codeOf({ headers, text }: ApiAnswer): string {
  if (headers.get("Content-Type") !== "application/problem+json") return isHtml(headers) ? "page" : "";
  const code: unknown = Reflect.get(parse(text) ?? {}, "code");
  return typeof code === "string" ? code : "";
}

function isHtml(headers: Headers): boolean {
  return headers.get("Content-Type")?.startsWith("text/html") ?? false;
}

function isOwn(location: string, base: string): boolean {
  return (
    new URL(location, base).host === new URL(base).host || new URL(location, base).host === "marquee.test"
  );
}

function around(text: string): string {
  const at = text.indexOf("<fuzz-mark>");
  return text.slice(Math.max(0, at - 150), at + markup.length);
}

function parse(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
