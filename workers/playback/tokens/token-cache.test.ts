import { expect, test } from "vitest";
import { type CachedToken, cacheToken, findCachedToken } from "./token-cache.ts";

const held: CachedToken = {
  key: { kid: "k1", algorithm: "HS256", verifier: {} as CryptoKey, signer: null, producerId: null },
  token: { aud: "marquee-playback", asset: "ast_a", iat: 0, exp: 1, producerId: null },
};

test("what is asked for stays, what is not goes, and there are never more than a few thousand", () => {
  cacheToken("watched", held);
  cacheToken("left", held);
  for (let n = 0; n < 20_000; n++) {
    cacheToken(`token ${n}`, held);
    if (n % 100 === 0) expect(findCachedToken("watched")).toBe(held);
  }
  expect(findCachedToken("left")).toBeUndefined();
  const kept = Array.from({ length: 20_000 }, (_, n) => n).filter(
    (n) => findCachedToken(`token ${n}`) !== undefined,
  );
  expect(kept.length).toBeGreaterThan(1000);
  expect(kept.length).toBeLessThanOrEqual(4000);
});
