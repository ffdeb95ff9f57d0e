/** Tokens for the fuzz, each with the grant that it really is: a film, and for whom. Made-up ones grant nothing. */

import { playbackClaims, signPlaybackToken } from "../../workers/playback/tokens/playback-token.ts";
import { addSigningKey } from "../../workers/playback/tokens/signing-key-store.ts";
import { newId } from "../../workers/shared/new-id.ts";
import { publishHere } from "../support/publish-here.ts";
import type { Random } from "../support/random.ts";
import type { FuzzFilm, FuzzFilms } from "./fuzz-films.ts";

/** To whom a good token gives its film. Undefined: to everyone. */
export interface FuzzGrant {
  film: FuzzFilm;
  countries?: readonly string[];
  /** The start of addresses, as text. */
  address?: string;
  origin?: string;
  maxHeight?: number;
}

/** A token and what it grants; null: nothing. */
export interface FuzzToken {
  kind: string;
  text: string;
  grant: FuzzGrant | null;
}

interface Signer {
  kid: string;
  key: CryptoKey;
  publicKey: Uint8Array;
}

/** All tokens that the fuzz starts from. */
export interface TokenPool {
  good: readonly [FuzzToken, ...FuzzToken[]];
  bad: readonly [FuzzToken, ...FuzzToken[]];
}

function base64url(data: string | Uint8Array): string {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

async function seal(
  header: unknown,
  payload: unknown,
  sign: (bytes: Uint8Array) => Promise<ArrayBuffer>,
): Promise<string> {
  const signed = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(payload))}`;
  return `${signed}.${base64url(new Uint8Array(await sign(new TextEncoder().encode(signed))))}`;
}

async function hmacOf(
  secret: Uint8Array,
  hash = "SHA-256",
): Promise<(bytes: Uint8Array) => Promise<ArrayBuffer>> {
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash }, false, ["sign"]);
  return (bytes) => crypto.subtle.sign("HMAC", key, bytes);
}

async function makeSigner(env: Env, owner: FuzzFilm, now: number): Promise<Signer> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new Error("no pair");
  const raw = await crypto.subtle.exportKey("raw", pair.publicKey);
  if (!(raw instanceof ArrayBuffer)) throw new Error("no raw key");
  const publicKey = new Uint8Array(raw);
  const row = await addSigningKey(env, owner, { name: "", publicKey: base64url(publicKey) }, now);
  if (row === null) throw new Error("too many keys");
  return { kid: row.kid, key: pair.privateKey, publicKey };
}

/** Makes the tokens at `now` (Unix milliseconds). */
export async function makeTokens(env: Env, films: FuzzFilms, now: number): Promise<TokenPool> {
  const second = Math.floor(now / 1000);
  const [mine, theirs] = [await makeSigner(env, films.own, now), await makeSigner(env, films.other, now)];
  await publishHere(env);
  const claimsOf = (film: FuzzFilm) =>
    playbackClaims({ title: film.titleId, asset: film.assetId, durationSeconds: 7200 }, now);
  const byProducer = (signer: Signer, claims: object, header: object = {}) =>
    seal({ alg: "EdDSA", typ: "JWT", kid: signer.kid, ...header }, claims, (bytes) =>
      crypto.subtle.sign("Ed25519", signer.key, bytes),
    );
  const good: FuzzToken[] = [];
  const bad: FuzzToken[] = [];
  const addGood = async (kind: string, text: Promise<string>, grant: FuzzGrant) =>
    void good.push({ kind, text: await text, grant });
  const addBad = async (kind: string, text: Promise<string> | string) =>
    void bad.push({ kind, text: await text, grant: null });

  for (const film of Object.values(films)) {
    await addGood("ours", signPlaybackToken(env, claimsOf(film)), { film });
    const signer = film.producerId === films.own.producerId ? mine : theirs;
    await addGood("a producer's", byProducer(signer, claimsOf(film)), { film });
    const [german, home] = [{ countries: ["DE"] }, { ip: "203.0.113.0/24" }];
    await addGood("for a country", byProducer(signer, { ...claimsOf(film), ...german }), { film, ...german });
    await addGood("for a network", byProducer(signer, { ...claimsOf(film), ...home }), {
      film,
      address: "203.0.113.",
    });
    const page = { origins: ["https://page.test"] };
    await addGood("for a page", byProducer(signer, { ...claimsOf(film), ...page }), {
      ...{ film, origin: "https://page.test" },
    });
    await addGood("for a small picture", signPlaybackToken(env, { ...claimsOf(film), max_height: 360 }), {
      ...{ film, maxHeight: 360 },
    });
  }

  const { own, other } = films;
  const claims = claimsOf(own);
  const { keys }: { keys: { k1: string; k2: string } } = JSON.parse(env.PLAYBACK_KEYS);
  const secret = Uint8Array.fromBase64(keys.k2, { alphabet: "base64url" });
  const ours = await hmacOf(secret);
  const header = { alg: "HS256", typ: "JWT", kid: "k2" };
  await addBad("foreign", byProducer(theirs, claimsOf(own)));
  await addBad("foreign", byProducer(mine, claimsOf(other)));
  await addBad("of another title", seal(header, { ...claims, title: other.titleId }, ours));
  await addBad("expired", seal(header, { ...claims, iat: second - 100, exp: second }, ours));
  await addBad("expired", byProducer(mine, { ...claims, iat: second - 100, exp: second - 1 }));
  await addBad("from the future", seal(header, { ...claims, iat: second + 7200, exp: second + 9000 }, ours));
  await addBad("from the future", seal(header, { ...claims, nbf: second + 7200 }, ours));
  await addBad("too long", byProducer(mine, { ...claims, exp: second + 86_401 }));
  for (const more of [
    ...[{ aud: "marquee-upload" }, { aud: ["marquee-playback"] }, { asset: undefined }, { asset: "" }],
    ...[
      { asset: "ast_unknown" },
      { asset: { $ne: 1 } },
      { exp: undefined },
      { exp: null },
      { exp: String(claims.exp) },
    ],
    ...[
      { exp: 1e308 },
      { exp: -1 },
      { iat: 0.5 },
      { country: ["DE"] },
      { countries: "DE" },
      { countries: ["ZZ"] },
    ],
    ...[
      { ip: "1.2.3.4/64" },
      { ip: "' or 1=1" },
      { max_height: -1 },
      { max_height: "360" },
      { origins: ["*"] },
    ],
    ...[{ max_height: 1 }, { countries: ["AQ"] }, { ip: "192.0.2.1" }],
  ]) {
    await addBad("claims", seal(header, { ...claims, ...more }, ours));
    await addBad("claims", byProducer(mine, { ...claims, ...more }));
  }
  for (const payload of [null, [], "x", 1, true, {}]) await addBad("claims", seal(header, payload, ours));
  for (const more of [
    ...[
      { alg: "none" },
      { alg: "None" },
      { alg: "RS256" },
      { alg: "ES256" },
      { alg: "EdDSA" },
      { alg: "HS512" },
    ],
    ...[
      { alg: undefined },
      { kid: undefined },
      { kid: "k9" },
      { kid: "k1" },
      { kid: "__proto__" },
      { kid: 2 },
    ],
    ...[
      { kid: mine.kid },
      { kid: newId("signingKey") },
      { kid: "sgk_" },
      { crit: ["exp"] },
      { typ: "at+jwt" },
    ],
    ...[{ jku: "https://evil.test/jwks" }, { jwk: { kty: "oct", k: keys.k1 } }, { x5u: "https://evil.test" }],
    ...[{ b64: false, crit: ["b64"] }, { zip: "DEF" }],
  ]) {
    await addBad("header", seal({ ...header, ...more }, claims, ours));
    // Under a producer's key these two are right.
    if (more.kid !== mine.kid && more.alg !== "EdDSA")
      await addBad("header", byProducer(mine, claims, { alg: "HS256", ...more }));
  }
  for (const weak of [
    mine.publicKey,
    new TextEncoder().encode(base64url(mine.publicKey)),
    new Uint8Array(32),
  ]) {
    for (const alg of ["HS256", "EdDSA", "Ed25519"]) {
      await addBad(
        "public key as secret",
        seal({ ...header, alg, kid: mine.kid }, claims, await hmacOf(weak)),
      );
      await addBad("wrong secret", seal({ ...header, alg }, claims, await hmacOf(weak)));
    }
  }
  await addBad("another hash", seal(header, claims, await hmacOf(secret, "SHA-512")));
  await addBad("unsigned", `${base64url('{"alg":"none"}')}.${base64url(JSON.stringify(claims))}.`);
  const [firstGood, firstBad] = [good[0], bad[0]];
  if (firstGood === undefined || firstBad === undefined) throw new Error("no tokens");
  return { good: [firstGood, ...good.slice(1)], bad: [firstBad, ...bad.slice(1)] };
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ %";

/** Draws a token: a good one, a bad one, a good one with damage, or no token at all. */
export function drawToken(random: Random, pool: TokenPool): FuzzToken {
  const good = random.pick(pool.good);
  const damaged = (kind: string, text: string): FuzzToken =>
    text === good.text ? good : { kind, text, grant: null };
  switch (random.below(10)) {
    case 0:
    case 1:
    case 2:
      return good;
    case 3:
    case 4:
      return random.pick(pool.bad);
    case 5: {
      const at = random.below(good.text.length);
      const other = alphabet.charAt(random.below(alphabet.length));
      return damaged("one character changed", good.text.slice(0, at) + other + good.text.slice(at + 1));
    }
    case 6:
      return damaged("cut", good.text.slice(0, random.below(good.text.length)));
    case 7: {
      const other = random.pick(pool.good).text.split(".");
      const at = random.below(3);
      const text = good.text.split(".").map((part, n) => (n === at ? (other[n] ?? "") : part));
      return damaged("parts of two", text.join("."));
    }
    case 8: {
      const at = random.below(good.text.length);
      return damaged("longer", good.text.slice(0, at) + random.text(20) + good.text.slice(at));
    }
    default:
      return {
        kind: "no token",
        text: random.once(20) ? "A".repeat(random.below(5000)) : random.text(60),
        grant: null,
      };
  }
}
