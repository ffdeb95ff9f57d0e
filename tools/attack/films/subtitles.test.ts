import { expect, test } from "vitest";
import { assFile, backslashes, srtFile } from "./subtitles.ts";

test("an ASS file has one event a line, as long as the film", () => {
  const events = assFile([backslashes(5), "b"], 75)
    .split("\n")
    .filter((line) => line.startsWith("Dialogue:"));
  expect(events).toEqual([
    "Dialogue: 0,0:00:00.00,0:01:15.00,Default,,0,0,0,,\\\\\\\\\\",
    "Dialogue: 0,0:00:00.00,0:01:15.00,Default,,0,0,0,,b",
  ]);
});

test("cues of a SubRip file begin where they are told to, and never after the end", () => {
  expect(srtFile(["x"], 600, 2)).toBe("1\n00:00:02,000 --> 00:10:00,000\nx\n");
  expect(srtFile(["x"], 3, 9)).toBe("1\n00:00:02,000 --> 00:00:03,000\nx\n");
});
