import { expect, test } from "vitest";
import { countRepeats } from "./check-run.ts";

test("only chunks count, and each begin after a task's first", () => {
  const log = [
    "transcoder listens on 1",
    "2026-01-01T00:00:00.000Z a.0.inspect.0 inspect started",
    "2026-01-01T00:00:00.000Z a.0.inspect.0 inspect started",
    "2026-01-01T00:00:01.000Z a.3.video.0 video started",
    "2026-01-01T00:00:02.000Z a.3.video.0 video done",
    "2026-01-01T00:00:02.000Z a.3.video.0 video started",
    "2026-01-01T00:00:02.000Z a.3.video.1 video started",
    "2026-01-01T00:00:02.000Z a.4.audio.0 audio started",
  ].join("\n");
  expect(countRepeats(log)).toEqual({ begun: 3, repeated: 1 });
});
