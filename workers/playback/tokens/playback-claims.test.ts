import { expect, test } from "vitest";
import { Problem } from "../../http/problem.ts";
import { checkTimes, type PlaybackClaims, playbackClaims, readClaims } from "./playback-claims.ts";

const now = Date.UTC(2026, 10, 22);
const second = now / 1000;
const grant = { title: "ttl_a", asset: "ast_a", durationSeconds: 5400.2 };

function verdict(work: () => unknown): string {
  try {
    work();
    return "accepted";
  } catch (error) {
    if (error instanceof Problem && error.status === 403) return error.code;
    throw error;
  }
}

function times(claims: Partial<PlaybackClaims>, isProducers = true): string {
  const whole = { ...playbackClaims(grant, now), exp: second + 600, ...claims };
  return verdict(() => checkTimes(whole, isProducers, now));
}

test("a token of ours is good for the film and six hours, or for what it is told", () => {
  expect(playbackClaims(grant, now).exp).toBe(second + 5401 + 6 * 3600);
  expect(playbackClaims({ ...grant, lifetimeSeconds: 30 }, now).exp).toBe(second + 30);
  expect(playbackClaims({ ...grant, bindings: { max_height: 720 } }, now)).toMatchObject({ max_height: 720 });
});

test("exp ends a token to the second; nbf and iat may be a minute ahead", () => {
  expect(times({ iat: second - 60, exp: second })).toBe("token_expired");
  expect(times({ iat: second - 60, exp: second + 1 })).toBe("accepted");
  expect(times({ iat: second + 60 })).toBe("accepted");
  expect(times({ iat: second + 61 })).toBe("token_not_yet_valid");
  expect(times({ nbf: second + 60 })).toBe("accepted");
  expect(times({ nbf: second + 61 })).toBe("token_not_yet_valid");
  expect(times({ nbf: second - 3600 })).toBe("accepted");
});

test("what ends before it begins is no grant", () => {
  expect(times({ exp: second })).toBe("token_claims_invalid");
  expect(times({ nbf: second + 600 })).toBe("token_claims_invalid");
});

test("a producer's token is good for a day at most, ours as long as the film needs", () => {
  const day = 24 * 3600;
  expect(times({ iat: second, exp: second + day })).toBe("accepted");
  expect(times({ iat: second, exp: second + day + 1 })).toBe("token_too_long_lived");
  expect(times({ iat: second - day, exp: second + 60 })).toBe("token_too_long_lived");
  expect(times({ iat: second, exp: second + 2 * day }, false)).toBe("accepted");
  expect(times({ iat: 0, exp: Number.MAX_SAFE_INTEGER })).toBe("token_too_long_lived");
});

test("wrong claims are all named", () => {
  const claims = { ...playbackClaims(grant, now), countries: ["DE", "Germany"], ip: "x", until: 5 };
  try {
    readClaims(claims);
    expect.unreachable();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    expect(error.code).toBe("token_claims_invalid");
    expect(error.members).toMatchObject({
      errors: [{ pointer: "/countries/1" }, { pointer: "/ip" }, { pointer: "" }],
    });
    expect(JSON.stringify(error.members)).toContain("until");
  }
});

test("the claims that others use for themselves are let through", () => {
  const claims = { ...playbackClaims(grant, now), iss: "https://partner.test", sub: "viewer 7", jti: "1" };
  expect(readClaims(claims)).toEqual(claims);
});
