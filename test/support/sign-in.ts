import { send } from "./http.ts";

/** Signs in to the studio with an API key, as the page's form does. @returns the cookie's `name=value` */
export async function signIn(key: string): Promise<string> {
  const headers = { "Sec-Fetch-Site": "same-origin" };
  const response = await send("/studio/sign-in", { body: new URLSearchParams({ key }), headers });
  const [cookie] = response.headers.get("Set-Cookie")?.split(";") ?? [];
  if (response.status !== 303 || cookie === undefined) throw new Error(`Not signed in: ${response.status}`);
  return cookie;
}
