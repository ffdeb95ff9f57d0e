/** Rotating the service's keys, from HMAC to Ed25519 and back, while tokens of the old key are out. */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { z } from "zod";
import { Problem } from "../../http/problem.ts";
import { playbackClaims, signPlaybackToken, verifyPlaybackToken } from "./playback-token.ts";

const now = Date.UTC(2026, 10, 22);
const claims = playbackClaims({ title: "ttl_a", asset: "ast_a", durationSeconds: 60 }, now);
const secret = "c2VjcmV0LW9mLXRoZS10ZXN0cy1zZWNyZXQtb2YtdGhlLXRlc3Rz";

const jwkSchema = z.object({ kty: z.string(), crv: z.string(), x: z.string(), d: z.string() });

async function ed25519(): Promise<z.infer<typeof jwkSchema>> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new Error("no pair");
  return jwkSchema.parse(await crypto.subtle.exportKey("jwk", pair.privateKey));
}

const withKeys = (current: string, keys: Record<string, unknown>) => ({
  DB: env.DB,
  PLAYBACK_KEYS: JSON.stringify({ current, keys }),
});

async function verdict(bindings: Pick<Env, "DB" | "PLAYBACK_KEYS">, token: string): Promise<string> {
  try {
    await verifyPlaybackToken(bindings, token, now);
    return "accepted";
  } catch (error) {
    if (error instanceof Problem) return error.code;
    throw error;
  }
}

function header(token: string): unknown {
  return JSON.parse(atob(token.split(".")[0] ?? ""));
}

test("keys are rotated with an overlap: old ones verify until they are removed", async () => {
  const jwk = await ed25519();
  const before = withKeys("k1", { k1: secret });
  const during = withKeys("k2", { k1: secret, k2: jwk });
  const after = withKeys("k2", { k2: jwk });
  const old = await signPlaybackToken(before, claims);
  expect(header(old)).toEqual({ alg: "HS256", typ: "JWT", kid: "k1" });
  expect(await verdict(before, old)).toBe("accepted");
  const fresh = await signPlaybackToken(during, claims);
  expect(header(fresh)).toEqual({ alg: "EdDSA", typ: "JWT", kid: "k2" });
  // The signatures of both are held by now; keys that are no longer in force take them along.
  expect([await verdict(during, old), await verdict(during, fresh)]).toEqual(["accepted", "accepted"]);
  expect([await verdict(after, old), await verdict(after, fresh)]).toEqual(["token_forged", "accepted"]);
  expect([await verdict(before, old), await verdict(before, fresh)]).toEqual(["accepted", "token_forged"]);
});

test("another secret under the same kid ends the tokens of the first, held or not", async () => {
  const first = withKeys("k1", { k1: secret });
  const token = await signPlaybackToken(first, claims);
  expect(await verdict(first, token)).toBe("accepted");
  expect(await verdict(withKeys("k1", { k1: "A".repeat(43) }), token)).toBe("token_forged");
});

test("a key that has no private part verifies, but can't be current", async () => {
  const jwk = await ed25519();
  const token = await signPlaybackToken(withKeys("k2", { k2: jwk }), claims);
  const { d: _, ...publicJwk } = jwk;
  expect(await verdict(withKeys("k1", { k1: secret, k2: publicJwk }), token)).toBe("accepted");
  await expect(signPlaybackToken(withKeys("k2", { k2: publicJwk }), claims)).rejects.toThrow(
    "no private part",
  );
});

test("the public key is no HMAC secret, in whatever form it is taken", async () => {
  const jwk = await ed25519();
  const keys = withKeys("k2", { k2: jwk });
  const raw = Uint8Array.fromBase64(jwk.x, { alphabet: "base64url" });
  const texts = [jwk.x, JSON.stringify({ ...jwk, d: undefined })].map((text) =>
    new TextEncoder().encode(text),
  );
  for (const bytes of [raw, ...texts]) {
    const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, [
      "sign",
    ]);
    for (const alg of ["HS256", "EdDSA", "Ed25519"]) {
      const parts = [{ alg, typ: "JWT", kid: "k2" }, claims].map((part) =>
        new TextEncoder().encode(JSON.stringify(part)).toBase64({ alphabet: "base64url", omitPadding: true }),
      );
      const signature = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(parts.join(".")));
      const text = new Uint8Array(signature).toBase64({ alphabet: "base64url", omitPadding: true });
      expect(await verdict(keys, `${parts.join(".")}.${text}`)).toBe("token_forged");
    }
  }
});

test("a document of keys that is not right is a mistake of ours, and says which", async () => {
  const jwk = await ed25519();
  const other = await ed25519();
  for (const [keys, words] of [
    [withKeys("k1", { k1: { kty: "oct", k: "c2hvcnQ" } }), "shorter than 32 bytes"],
    [withKeys("k1", { k1: { ...jwk, x: other.x } }), /./],
    [withKeys("k1", { k1: { kty: "OKP", crv: "Ed25519", x: "AAAA" } }), "no Ed25519 key"],
    [withKeys("k1", { k1: { kty: "RSA", n: "AQAB", e: "AQAB" } }), /./],
    [withKeys("k1", { k1: { ...jwk, alg: "HS256" } }), /./],
    [withKeys("sgk_00000000000000000000", { sgk_00000000000000000000: secret }), "form of a producer's key"],
  ] as const) {
    await expect(signPlaybackToken(keys, claims)).rejects.toThrow(words);
  }
});
