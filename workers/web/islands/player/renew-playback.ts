/** The service said no, with its code and its sentence. */
export class Refused extends Error {
  readonly code: string;

  constructor(code: string, words: string) {
    super(words);
    this.code = code;
  }
}

/** Asks for a new playback URL of the title with this slug. @throws Refused, or a TypeError when offline */
export async function renewPlayback(slug: string): Promise<string> {
  const response = await fetch("/v1/playback", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ title: slug }),
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
