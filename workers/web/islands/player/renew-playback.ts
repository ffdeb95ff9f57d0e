/** Exchanges a playback URL for a new one, before its grant ends or once it has. */
import { fetchWithin } from "../../../shared/fetch-within.ts";
import { grantLifetimeMs } from "./token-url.ts";

/** Longest wait for an answer, ms. */
const answerMs = 15_000;

/** The service said no, with its code and its sentence. */
export class Refused extends Error {
  readonly code: string;

  constructor(code: string, words: string) {
    super(words);
    this.code = code;
  }
}

/** The service is busy, or can't be reached: nothing is said about the film, and it is worth asking again. */
export class Unavailable extends Error {
  /** After this long, as the service asks for, ms; null: it doesn't say. */
  readonly askedMs: number | null;

  constructor(askedMs: number | null) {
    super("The service can't be reached just now.");
    this.askedMs = askedMs;
  }
}

/** A playback URL that goes on where another ends. */
export interface Renewed {
  url: string;
  /** Seconds for which the rules stay as they are; null: for good. */
  changesIn: number | null;
  /** Its playlist may name other files than the one before, and must be loaded anew. */
  isOther: boolean;
}

/**
 * Exchanges a playback URL for a new one to the same film; one that is too old for that, or whose film is now delivered in
 * another form, is asked for anew by the title's slug. @throws Refused; Unavailable, also when offline
 */
export async function renewPlayback(slug: string, running: string): Promise<Renewed> {
  try {
    return { ...(await ask("/v1/playback/refresh", { playback_url: running })), isOther: false };
  } catch (error) {
    const mayAskAnew = error instanceof Refused && /^(token_|presentation_changed$)/.test(error.code);
    if (!mayAskAnew) throw error;
    return { ...(await ask("/v1/playback", { title: slug })), isOther: true };
  }
}

async function ask(address: string, question: Record<string, string>): Promise<Omit<Renewed, "isOther">> {
  const response = await fetchWithin(answerMs, address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(question),
  }).catch(() => {
    throw new Unavailable(null);
  });
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) {
    const url = member(body, "playback_url", "string");
    if (url !== null) return { url, changesIn: member(body, "changes_in", "number") };
  }
  if (response.ok || response.status >= 500 || response.status === 429) {
    const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
    throw new Unavailable(seconds >= 0 ? seconds * 1000 : null);
  }
  throw new Refused(
    member(body, "code", "string") ?? `http_${response.status}`,
    member(body, "detail", "string") ?? "The film could not be started. Try again in a minute.",
  );
}

function member(body: unknown, name: string, type: "string"): string | null;
function member(body: unknown, name: string, type: "number"): number | null;
function member(body: unknown, name: string, type: "string" | "number"): unknown {
  if (typeof body !== "object" || body === null) return null;
  const value: unknown = Reflect.get(body, name);
  return typeof value === type ? value : null;
}

/** The part of a grant's lifetime after which it is renewed: the rest is for a bad connection to come back. */
const renewAtFraction = 0.75;

/**
 * Calls `renew` when the newest grant has spent most of its time and the film plays, so that nothing is refused and
 * nothing stalls. A paused film waits until it goes on. @returns a function to call with each new playback URL
 */
export function renewAhead(video: HTMLVideoElement, renew: () => Promise<void>): (url: string) => void {
  let timer: number | undefined;
  let isDue = false;
  const renewIfPlaying = () => {
    if (!isDue || video.paused) return;
    isDue = false;
    void renew();
  };
  video.addEventListener("play", renewIfPlaying);
  return (url) => {
    clearTimeout(timer);
    isDue = false;
    const lifetimeMs = grantLifetimeMs(url);
    if (lifetimeMs === null) return;
    timer = setTimeout(() => {
      isDue = true;
      renewIfPlaying();
    }, lifetimeMs * renewAtFraction);
  };
}
