import { expect, test } from "vitest";
import { Problem } from "../../http/problem.ts";
import type { Bindings } from "./playback-claims.ts";
import { checkRestrictions, type EmbeddingRule, type ViewerContext } from "./token-restrictions.ts";
import { embedderOf, isNamedBy, isOriginPattern } from "./web-origin.ts";

const own = "https://marquee.test";
const anyPage: EmbeddingRule = { allowedOrigins: null, allowsNativePlayers: true };
const somePages: EmbeddingRule = { allowedOrigins: ["https://partner.test"], allowsNativePlayers: true };

function verdict(
  bindings: Bindings,
  rule: EmbeddingRule,
  {
    country = "DE",
    address = "203.0.113.7",
    headers = {},
  }: Partial<ViewerContext> & { headers?: HeadersInit },
): string | null {
  const request = new Request(`${own}/v/t/main.m3u8`, { headers });
  try {
    return checkRestrictions(bindings, rule, {
      country,
      address,
      embedder: () => embedderOf(request),
      ownOrigins: [own],
    });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    expect(error.status).toBe(403);
    expect(error.message).toMatch(/\.$/);
    return error.code;
  }
}

test("a token that is bound to nothing is for everyone", () => {
  expect(
    verdict({}, anyPage, { country: "XX", address: null, headers: { Origin: "https://evil.test" } }),
  ).toBe(null);
});

test("countries", () => {
  const bound = { countries: ["DE", "AT"] };
  expect(verdict(bound, anyPage, { country: "AT" })).toBe(null);
  expect(verdict(bound, anyPage, { country: "FR" })).toBe("token_country");
  expect(verdict(bound, anyPage, { country: "XX" })).toBe("token_country_unknown");
});

test("networks", () => {
  const bound = { ip: "203.0.113.0/24" };
  expect(verdict(bound, anyPage, { address: "203.0.113.255" })).toBe(null);
  expect(verdict(bound, anyPage, { address: "::ffff:203.0.113.1" })).toBe(null);
  for (const address of ["203.0.112.255", "2001:db8::1", "", "unknown", "203.0.113.7, 1.1.1.1", null]) {
    expect(verdict(bound, anyPage, { address })).toBe("token_network");
  }
});

test("pages that a token names", () => {
  const bound = { origins: ["https://partner.test"] };
  const from = (headers: HeadersInit) => verdict(bound, anyPage, { headers });
  expect(from({ Origin: "https://partner.test" })).toBe("https://partner.test");
  expect(from({ Referer: "https://partner.test/films/1?x#y" })).toBe("https://partner.test");
  // No browser says so: a television or an app.
  expect(from({})).toBe(own);
  expect(from({ "Sec-Fetch-Site": "none" })).toBe(own);
  for (const headers of [
    { Origin: "https://evil.test" },
    { Origin: "http://partner.test" },
    { Origin: "https://partner.test:8443" },
    { Origin: "https://partner.test.evil.test" },
    { Origin: "null" },
    { Origin: "%%%" },
    { Referer: "https://evil.test/https://partner.test" },
    { Referer: "not a url" },
    { Origin: "https://evil.test", Referer: "https://partner.test/" },
    { "Sec-Fetch-Site": "cross-site" },
    { "Sec-Fetch-Site": "same-origin" },
  ]) {
    expect(from(headers)).toBe("token_origin");
  }
});

test("pages that a title names, and always our own", () => {
  const from = (headers: HeadersInit, rule = somePages) => verdict({}, rule, { headers });
  expect(from({ Origin: "https://partner.test" })).toBe("https://partner.test");
  expect(from({ Referer: `${own}/watch/film` })).toBe(own);
  expect(from({ "Sec-Fetch-Site": "same-origin" })).toBe(own);
  expect(from({})).toBe(own);
  expect(from({ Origin: "https://evil.test" })).toBe("origin_not_allowed");
  expect(from({ "Sec-Fetch-Site": "cross-site" })).toBe("origin_not_allowed");
  const onlyPages = { ...somePages, allowsNativePlayers: false };
  expect(from({}, onlyPages)).toBe("origin_missing");
  expect(from({ Origin: "https://partner.test" }, onlyPages)).toBe("https://partner.test");
  expect(from({ Referer: `${own}/` }, { ...onlyPages, allowedOrigins: [] })).toBe(own);
});

test("origins have one spelling", () => {
  for (const text of [
    ...["https://example.com", "http://127.0.0.1:8787", "https://xn--bcher-kva.example"],
    ...["https://*.example.com", "https://*.a.example.com:8443"],
  ]) {
    expect([text, isOriginPattern(text)]).toEqual([text, true]);
  }
  for (const text of [
    ...[
      "",
      "example.com",
      "https://",
      "https://example.com/",
      "https://Example.com",
      "https://example.com:443",
    ],
    ...[
      "ftp://example.com",
      "null",
      "*",
      "https://*",
      "https://*.com",
      "https://a.*.com",
      "https://*a.b.com",
    ],
    ...["https://**.b.com", "https://*.*.b.com", "https://user@example.com", "https://bücher.example"],
    `https://${"a".repeat(300)}.example`,
  ]) {
    expect([text, isOriginPattern(text)]).toEqual([text, false]);
  }
});

test("a pattern names what is below it, and nothing else", () => {
  const below = ["https://*.example.com"];
  for (const origin of ["https://a.example.com", "https://a.b.example.com"]) {
    expect([origin, isNamedBy(below, origin)]).toEqual([origin, true]);
  }
  for (const origin of [
    ...["https://example.com", "http://a.example.com", "https://a.example.com:8443", "https://aexample.com"],
    ...["https://a.example.com.evil.test", "null"],
  ]) {
    expect([origin, isNamedBy(below, origin)]).toEqual([origin, false]);
  }
});
