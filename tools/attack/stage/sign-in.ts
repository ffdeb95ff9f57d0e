import { type Answer, ask } from "./ask.ts";

/** Signs in to the studio as a browser does. `cookie` is null where that was refused. */
export async function signIn(url: string, key: string): Promise<{ answer: Answer; cookie: string | null }> {
  const answer = await ask(url, "POST", "/studio/sign-in", new URLSearchParams({ key }), {
    "Content-Type": "application/x-www-form-urlencoded",
    Origin: url,
  });
  const cookie = answer.status === 303 ? (answer.headers.get("Set-Cookie")?.split(";")[0] ?? null) : null;
  return { answer, cookie };
}
