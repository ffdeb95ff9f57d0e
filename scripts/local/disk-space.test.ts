import { expect, test } from "vitest";
import { ensureDiskSpace } from "./disk-space.ts";

test("a nearly full disk is told in one sentence that says what to do", () => {
  expect(() => ensureDiskSpace("/films", 999_999_999)).toThrow(/^Only 999 MB are free .*MARQUEE_STATE/);
  expect(() => ensureDiskSpace("/films", 1_000_000_000)).not.toThrow();
});
