import { expect, test } from "vitest";
import { anInspection } from "../test/support/inspection.ts";
import { cutText } from "./cut-text.ts";
import { inspection, maxTracks } from "./inspection.ts";

test("a text is cut between characters, and a half of one is none", () => {
  expect(cutText("abc", 2)).toBe("ab");
  expect(cutText("abc", 5)).toBe("abc");
  expect(cutText(`${"a".repeat(199)}😀x`, 200)).toBe(`${"a".repeat(199)}😀`);
  expect(cutText("👩‍👩‍👧", 1)).toBe("👩");
  expect(cutText("a\ud800b", 3)).toBe("a\ufffdb");
});

test("whatever a file says about itself is stored as a few hundred bytes a track", () => {
  const long = "😀".repeat(1_000_000);
  const track = { index: 1, codec: long, language: long, title: long, isDefault: false };
  const source = anInspection(60, { codec: long, profile: long, pixelFormat: long, transfer: long });
  const kept = inspection.parse({
    ...source,
    audio: Array.from({ length: maxTracks }, () => ({ ...track, channels: 2, sampleRate: 48_000 })),
    text: [{ ...track, isForced: false, isSdh: false }],
    otherStreams: [{ index: 2, type: long, codec: long }],
  });
  expect(kept.audio[0]?.title).toBe("😀".repeat(200));
  expect(kept.audio[0]?.language).toBe("😀".repeat(35));
  expect(Buffer.byteLength(JSON.stringify(kept))).toBeLessThan(maxTracks * 2000);
});

test("more tracks than are read make no inspection", () => {
  const source = anInspection(60);
  const audio = Array.from({ length: maxTracks + 1 }, () => source.audio[0]);
  expect(inspection.safeParse({ ...source, audio }).success).toBe(false);
});
