import { expect, test } from "vitest";
import type { Asset } from "../client/call-api.ts";
import { findShortfalls } from "./encode-film.ts";

const rendition = (kind: string, status = "ready") => ({ kind, label: kind, status });
const whole: Asset = {
  id: "ast_1",
  status: "ready",
  title_id: "ttl_1",
  filename: "film.mp4",
  created_at: "2026-01-01T00:00:00Z",
  renditions: ["video", "audio", "image", "storyboard"].map((kind) => rendition(kind)),
};

test("a film with all its renditions lacks nothing, one that has served its time included", () => {
  expect(findShortfalls(whole)).toEqual([]);
  const renditions = [...(whole.renditions ?? []), rendition("video", "retired")];
  expect(findShortfalls({ ...whole, renditions })).toEqual([]);
});

test("failed, missing and unfinished renditions are told, and why a film has failed", () => {
  const renditions = [
    rendition("video"),
    rendition("audio", "errored"),
    rendition("storyboard", "preparing"),
  ];
  expect(findShortfalls({ ...whole, renditions })).toEqual([
    "Its rendition audio (audio) is errored.",
    "Its rendition storyboard (storyboard) is preparing.",
    "It has no rendition of kind audio.",
    "It has no rendition of kind image.",
    "It has no rendition of kind storyboard.",
  ]);
  const error = { code: "encoder_failed", detail: "The encoder failed." };
  expect(findShortfalls({ ...whole, status: "errored", error }).slice(0, 2)).toEqual([
    "The encoder failed. (encoder_failed)",
    "It is errored, not ready.",
  ]);
});
