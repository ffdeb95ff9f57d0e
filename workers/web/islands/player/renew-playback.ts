/** The service said no, with its code and its sentence. */
export class Refused extends Error {
  readonly code: string;

  constructor(code: string, words: string) {
    super(words);
    this.code = code;
  }
}

/** A playback URL that goes on where another ends. */
export interface Renewed {
  url: string;
  /** Whether its playlist may name other files than the one before: it must be loaded anew. */
  isOther: boolean;
}

/**
 * Exchanges a playback URL for a new one to the same film; one that is too old for that, or whose film is now delivered in
 * another form, is asked for anew by the title's slug. @throws Refused, or a TypeError when offline
 */
export async function renewPlayback(slug: string, running: string): Promise<Renewed> {
  try {
    return { url: await ask("/v1/playback/refresh", { playback_url: running }), isOther: false };
  } catch (error) {
    const mayAskAnew = error instanceof Refused && /^(token_|presentation_changed$)/.test(error.code);
    if (!mayAskAnew) throw error;
    return { url: await ask("/v1/playback", { title: slug }), isOther: true };
  }
}

async function ask(address: string, question: Record<string, string>): Promise<string> {
  const response = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(question),
  });
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) {
    const url = text(body, "playback_url");
    if (url !== null) return url;
  }
  throw new Refused(
    text(body, "code") ?? `http_${response.status}`,
    text(body, "detail") ?? "The film could not be started. Try again in a minute.",
  );
}

function text(body: unknown, name: string): string | null {
  if (typeof body !== "object" || body === null) return null;
  const value: unknown = Reflect.get(body, name);
  return typeof value === "string" ? value : null;
}
