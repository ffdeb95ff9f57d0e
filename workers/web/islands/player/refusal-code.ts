/** The code of a refusal that a script's request got, from its problem document; null when it has none. */
export function refusalCode(details: unknown): string | null {
  if (!(details instanceof XMLHttpRequest)) return null;
  const body: unknown = details.response;
  try {
    const text = body instanceof ArrayBuffer ? new TextDecoder().decode(body) : body;
    const problem: unknown = typeof text === "string" ? JSON.parse(text) : text;
    const code: unknown =
      typeof problem === "object" && problem !== null ? Reflect.get(problem, "code") : null;
    return typeof code === "string" ? code : null;
  } catch {
    return null;
  }
}
