import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Problem } from "../../http/problem.ts";
import { playbackClaims, signPlaybackToken, verifyPlaybackToken } from "./playback-token.ts";

const now = Date.UTC(2026, 10, 22);
const claims = playbackClaims({ title: "ttl_a", asset: "ast_a", durationSeconds: 5400.2 }, now);
const keys: { keys: { k1: string; k2: string } } = JSON.parse(env.PLAYBACK_KEYS);

function base64url(data: string | Uint8Array): string {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** A token with any header and payload, signed with HMAC by any secret and hash. */
async function craft(
  header: unknown,
  payload: unknown,
  secret: Uint8Array = Uint8Array.fromBase64(keys.keys.k2, { alphabet: "base64url" }),
  hash = "SHA-256",
): Promise<string> {
  const signed = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(payload))}`;
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash }, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(signed));
  return `${signed}.${base64url(new Uint8Array(signature))}`;
}

async function verdict(token: string, at: number = now): Promise<string> {
  try {
    await verifyPlaybackToken(env, token, at);
    return "accepted";
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    expect(error.status).toBe(403);
    return error.code;
  }
}

const ours = { alg: "HS256", typ: "JWT", kid: "k2" };

test("what is signed verifies, until six hours after the film's length", async () => {
  const token = await signPlaybackToken(env, claims);
  expect(await verifyPlaybackToken(env, token, now)).toEqual({ ...claims, producerId: null });
  expect(claims.exp - claims.iat).toBe(6 * 3600 + 5401);
  expect(await verdict(token, claims.exp * 1000 - 1)).toBe("accepted");
  expect(await verdict(token, claims.exp * 1000)).toBe("token_expired");
});

test("a token from the future is refused, but clocks may differ by a minute", async () => {
  const token = await signPlaybackToken(env, claims);
  expect(await verdict(token, now - 60_000)).toBe("accepted");
  expect(await verdict(token, now - 62_000)).toBe("token_not_yet_valid");
});

test("a key that is no longer current still verifies", async () => {
  const old = { ...env, PLAYBACK_KEYS: JSON.stringify({ ...keys, current: "k1" }) };
  const token = await signPlaybackToken(old, claims);
  expect(token.split(".")[0]).toBe(base64url('{"alg":"HS256","typ":"JWT","kid":"k1"}'));
  expect(await verdict(token)).toBe("accepted");
});

test("our own header and claims in another hand are accepted: the tests below differ in one thing only", async () => {
  expect(await verdict(await craft(ours, claims))).toBe("accepted");
});

test.each([
  ["alg none", { ...ours, alg: "none" }],
  ["alg None", { ...ours, alg: "nOnE" }],
  ["RS256, signed with HMAC", { ...ours, alg: "RS256" }],
  ["HS512 announced", { ...ours, alg: "HS512" }],
  ["no alg", { typ: "JWT", kid: "k2" }],
  ["an unknown kid", { ...ours, kid: "k3" }],
  ["a kid of every object", { ...ours, kid: "constructor" }],
  ["a kid that is a path", { ...ours, kid: "../../dev/null" }],
  ["a kid that is no text", { ...ours, kid: 2 }],
  ["no kid", { alg: "HS256", typ: "JWT" }],
  ["another key's kid", { ...ours, kid: "k1" }],
  ["a key of its own", { ...ours, jwk: { kty: "oct", k: "AAAA" } }],
  ["critical extensions", { ...ours, crit: ["exp"] }],
  ["a header that is no object", []],
])("%s is forged", async (_what, header) => {
  expect(await verdict(await craft(header, claims))).toBe("token_forged");
});

test("another secret or hash is forged", async () => {
  expect(await verdict(await craft(ours, claims, new Uint8Array(33)))).toBe("token_forged");
  const secret = Uint8Array.fromBase64(keys.keys.k2, { alphabet: "base64url" });
  expect(await verdict(await craft(ours, claims, secret, "SHA-512"))).toBe("token_forged");
});

test.each([
  ["another audience", { ...claims, aud: "marquee-upload" }],
  ["no asset", { ...claims, asset: undefined }],
  ["no exp", { ...claims, exp: undefined }],
  ["exp as text", { ...claims, exp: String(claims.exp) }],
  ["exp null", { ...claims, exp: null }],
  ["claims that are no object", "all"],
  ["a claim that nobody knows", { ...claims, country: ["DE"] }],
  ["no such country", { ...claims, countries: ["DE", "ZZ"] }],
  ["no country", { ...claims, countries: [] }],
  ["a network that is none", { ...claims, ip: "203.0.113.0/33" }],
  ["a page that is no origin", { ...claims, origins: ["https://example.com/"] }],
  ["a height that is a text", { ...claims, max_height: "720" }],
  ["an end before its beginning", { ...claims, exp: claims.iat }],
  ["a time that is negative", { ...claims, iat: -1 }],
  ["a time between seconds", { ...claims, iat: claims.iat + 0.5 }],
])("%s has invalid claims, even when it is signed", async (_what, payload) => {
  expect(await verdict(await craft(ours, payload))).toBe("token_claims_invalid");
});

test("an unsigned token, a cut one, or a second spelling is refused", async () => {
  const token = await signPlaybackToken(env, claims);
  const [header = "", payload = "", signature = ""] = token.split(".");
  expect(await verdict(`${base64url('{"alg":"none"}')}.${payload}.`)).toBe("token_forged");
  for (const length of [0, 1, 20, header.length, header.length + 1, token.length - 44]) {
    expect(await verdict(token.slice(0, length))).toBe("token_malformed");
  }
  expect(await verdict(`${header}.${payload}.${signature.slice(0, -2)}`)).toMatch(
    /^token_(forged|malformed)$/,
  );
  expect(await verdict(`${token}=`)).toBe("token_malformed");
  expect(await verdict(`${token}.`)).toBe("token_malformed");
  expect(await verdict(`${header}.${payload}.${signature.slice(0, 4)} ${signature.slice(4)}`)).toBe(
    "token_malformed",
  );
  expect(await verdict(token.padEnd(2000, "A"))).toBe("token_malformed");
  // 32 bytes leave two bits of the last character unused; another character with the same four bits decodes alike.
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const twin = alphabet.charAt(alphabet.indexOf(signature.slice(-1)) ^ 1);
  expect(await verdict(token.slice(0, -1) + twin)).toBe("token_malformed");
});

test("any change of any character is refused, and any text is answered", async () => {
  const token = await signPlaybackToken(env, claims);
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: token.length - 1 }),
      fc.string({ minLength: 1, maxLength: 1 }),
      async (at, char) => {
        fc.pre(token.charAt(at) !== char);
        const changed = token.slice(0, at) + char + token.slice(at + 1);
        expect(await verdict(changed)).toMatch(/^token_(forged|malformed)$/);
      },
    ),
    { numRuns: 300 },
  );
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary", maxLength: 60 }), async (text) => {
      expect(await verdict(text)).toMatch(/^token_(forged|malformed)$/);
      expect(await verdict(`${text}.${text}.${text}`)).toMatch(/^token_(forged|malformed)$/);
    }),
  );
});

test("keys that are too short or not there are a mistake of ours, not of the viewer", async () => {
  const short = { PLAYBACK_KEYS: JSON.stringify({ current: "k1", keys: { k1: "c2hvcnQ" } }) };
  await expect(signPlaybackToken(short, claims)).rejects.toThrow("shorter than 32 bytes");
  const missing = { PLAYBACK_KEYS: JSON.stringify({ ...keys, current: "k9" }) };
  await expect(signPlaybackToken(missing, claims)).rejects.toThrow("not among the keys");
});
