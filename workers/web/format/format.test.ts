import { expect, test } from "vitest";
import { nameFormat } from "../studio/name-format.ts";
import { countryInSentence } from "./country-names.ts";
import { sayAgo } from "./say-ago.ts";
import { sayBytes } from "./say-bytes.ts";
import { isoDuration, sayDuration } from "./say-duration.ts";
import { percentOf, sayLeft } from "./say-progress.ts";
import { sayRate } from "./say-rate.ts";

test.each([
  [0, "0 s"],
  [47.6, "48 s"],
  [59.6, "1 min"],
  [61, "1 min"],
  [3599, "1 h"],
  [5640, "1 h 34 min"],
])("a length of %d s is %s", (seconds, words) => {
  expect(sayDuration(seconds)).toBe(words);
});

test.each([
  [0, "0 bytes"],
  [999, "999 bytes"],
  [1000, "1 kB"],
  [9_640_000, "9.6 MB"],
  [999_950, "1 MB"],
  [123_456_789, "123 MB"],
  [5e15, "5000 TB"],
])("%d bytes are %s", (bytes, words) => {
  expect(sayBytes(bytes)).toBe(words);
});

test("rates, shares, times left and ago", () => {
  expect(sayRate(640_400)).toBe("640 kbit/s");
  expect(sayRate(4_240_000)).toBe("4.2 Mbit/s");
  expect(percentOf(0.999)).toBe("99 %");
  expect(sayLeft(null)).toBe("");
  expect(sayLeft(3)).toBe("a moment left");
  expect(sayLeft(130)).toBe("about 2 min left");
  expect(isoDuration(61.4)).toBe("PT61S");
  const now = Date.UTC(2026, 10, 22);
  expect(sayAgo(now + 5000, now)).toBe("just now");
  expect(sayAgo(now - 61_000, now)).toBe("1 minute ago");
  expect(sayAgo(now - 49 * 3_600_000, now)).toBe("2 days ago");
  expect(sayAgo(Date.UTC(2026, 0, 5), now)).toBe("5 Jan 2026");
});

test("countries and formats as people write them", () => {
  expect(["US", "NL", "GB", "DO", "FO"].map(countryInSentence)).toEqual([
    "the United States",
    "the Netherlands",
    "the United Kingdom",
    "the Dominican Republic",
    "the Faroe Islands",
  ]);
  expect(["DE", "TR", "IE", "XX"].map(countryInSentence).filter((name) => name.startsWith("the "))).toEqual(
    [],
  );
  expect(["mov", "h264", "constructor", "unheard_of"].map(nameFormat)).toEqual([
    "MP4 / MOV",
    "H.264",
    "constructor",
    "unheard_of",
  ]);
});
