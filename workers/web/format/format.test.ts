import { expect, test } from "vitest";
import { nameFormat } from "../studio/name-format.ts";
import {
  formatAgo,
  formatBitRate,
  formatBytes,
  formatDuration,
  formatPercent,
  formatTimeLeft,
  isoDuration,
} from "./format.ts";
import { countryInSentence } from "./names.ts";

test.each([
  [0, "0 s"],
  [47.6, "48 s"],
  [59.6, "1 min"],
  [61, "1 min"],
  [3599, "1 h"],
  [5640, "1 h 34 min"],
])("a length of %d s is %s", (seconds, words) => {
  expect(formatDuration(seconds)).toBe(words);
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
  expect(formatBytes(bytes)).toBe(words);
});

test("rates, shares, times left and ago", () => {
  expect(formatBitRate(640_400)).toBe("640 kbit/s");
  expect(formatBitRate(4_240_000)).toBe("4.2 Mbit/s");
  expect(formatPercent(0.999)).toBe("99 %");
  expect(formatTimeLeft(null)).toBe("");
  expect(formatTimeLeft(3)).toBe("a moment left");
  expect(formatTimeLeft(130)).toBe("about 2 min left");
  expect(isoDuration(61.4)).toBe("PT61S");
  const now = Date.UTC(2026, 10, 22);
  expect(formatAgo(now + 5000, now)).toBe("just now");
  expect(formatAgo(now - 61_000, now)).toBe("1 minute ago");
  expect(formatAgo(now - 49 * 3_600_000, now)).toBe("2 days ago");
  expect(formatAgo(Date.UTC(2026, 0, 5), now)).toBe("5 Jan 2026");
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
