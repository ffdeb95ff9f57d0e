import { expect, test } from "vitest";
import { countryOf } from "./viewer.ts";

const url = "http://marquee.test/";
const from = (country: string) => new Request(url, { cf: { country } });
const cloud = { COUNTRY_OVERRIDE: "" };
const laptop = { COUNTRY_OVERRIDE: "allow" };

test("the edge tells the country", () => {
  expect(countryOf(from("DE"), cloud)).toBe("DE");
});

test.each(["XX", "T1", "de", "DEU", "", "D\u00c9"])("%j is an unknown country", (country) => {
  expect(countryOf(from(country), cloud)).toBe("XX");
});

test("without a country it is unknown", () => {
  expect(countryOf(new Request(url), cloud)).toBe("XX");
});

test("the override header counts only where it is allowed", () => {
  const request = new Request(url, { cf: { country: "DE" }, headers: { "Marquee-Country": "fr" } });
  expect(countryOf(request, cloud)).toBe("DE");
  expect(countryOf(request, laptop)).toBe("FR");
  expect(countryOf(from("DE"), laptop)).toBe("DE");
  expect(countryOf(new Request(url, { headers: { "Marquee-Country": "../x" } }), laptop)).toBe("XX");
});
