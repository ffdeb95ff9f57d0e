/**
 * Many requests through the real gateway, drawn from a printed seed: no answer of 5xx, no byte of media without a grant, and
 * every refusal with its code. `npm run fuzz -- --requests N --seed N` says how many, and which.
 */
import { env, exports } from "cloudflare:workers";
import { expect, test } from "vitest";
import { Random } from "../support/random.ts";
import { assertAnswer, mustPlay, type Sent } from "./assert-answer.ts";
import { seedFuzzFilms } from "./fuzz-films.ts";
import { drawCountry, drawHeaders, drawMethod, drawPath, drawQuery } from "./fuzz-requests.ts";
import { drawToken, makeTokens, type TokenPool } from "./fuzz-tokens.ts";

/** Requests that are under way together. */
const together = 64;

const requests = Number(env.FUZZ_REQUESTS);
const seed = env.FUZZ_SEED === "" ? Math.floor(Math.random() * 2 ** 31) : Number(env.FUZZ_SEED);

/**
 * The request that a client makes of it: blanks and dots in its address are gone, and what stays of the token is perhaps
 * another. Null when no client can send it: a method or an address that the platform itself does not take.
 */
function requestOf(sent: Sent, query: string, pool: TokenPool): { request: Request; sent: Sent } | null {
  const cf = sent.country === undefined ? {} : { cf: { country: sent.country } };
  const { method, headers } = sent;
  try {
    const url = `http://marquee.test/v/${sent.token.text}/${sent.path.text}${query}`;
    const request = new Request(url, { method, headers, ...cf });
    const { pathname } = new URL(request.url);
    const [, root, text = "", ...rest] = pathname.split("/");
    const token = pool.good.find((one) => one.text === unescaped(text)) ?? { ...sent.token, grant: null };
    const file = rest.join("/") === sent.path.file ? sent.path.file : null;
    return { request, sent: { ...sent, token, path: { ...sent.path, file }, isGateways: root === "v" } };
  } catch {
    return null;
  }
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

test(`${requests} requests that nobody should send, and some that play`, { timeout: 0 }, async () => {
  console.log(`seed ${seed}`);
  const random = new Random(seed);
  const films = await seedFuzzFilms(env);
  const pool = await makeTokens(env, films, Date.now());
  const counts = new Map<string, number>();
  const wrong: string[] = [];
  const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);

  async function tryOne(sent: Sent, request: Request): Promise<void> {
    const response = await exports.default.fetch(request);
    const body = new Uint8Array(await response.arrayBuffer());
    const verdict = assertAnswer(films, sent, { status: response.status, headers: response.headers, body });
    count(verdict.what);
    const isLost = verdict.what !== "media" && mustPlay(sent);
    if (verdict.wrong === null && !isLost) return;
    const why = verdict.wrong ?? `a plain request was refused (${verdict.what})`;
    wrong.push(
      `${sent.token.kind}: ${request.method} ${request.url} ${JSON.stringify([...sent.headers])} ${sent.country}: ${why}`,
    );
  }

  let sentSoFar = 0;
  while (sentSoFar < requests && wrong.length < 20) {
    const batch: Promise<void>[] = [];
    while (batch.length < together && sentSoFar < requests) {
      const token = drawToken(random, pool);
      const drawn: Sent = {
        token,
        path: drawPath(random, films, token.grant?.film ?? films.own),
        method: drawMethod(random),
        headers: drawHeaders(random),
        country: drawCountry(random),
        isGateways: true,
      };
      const made = requestOf(drawn, drawQuery(random), pool);
      if (made === null) continue;
      sentSoFar += 1;
      batch.push(tryOne(made.sent, made.request));
    }
    await Promise.all(batch);
  }

  const table = [...counts].toSorted(([, a], [, b]) => b - a);
  console.log(table.map(([what, times]) => `${String(times).padStart(7)}  ${what}`).join("\n"));
  expect(wrong).toEqual([]);
  // A fuzz in which nothing ever plays, or nothing is ever refused for a token's sake, would prove nothing.
  for (const what of [
    "media",
    "403 token_forged",
    "403 token_malformed",
    "403 token_expired",
    "403 token_foreign",
  ]) {
    expect([what, (counts.get(what) ?? 0) > 0]).toEqual([what, true]);
  }
});
