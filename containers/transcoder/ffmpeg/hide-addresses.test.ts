import { expect, test } from "vitest";
import { relayOrigin } from "../task/source-relay.ts";
import { hideAddresses } from "./hide-addresses.ts";

test("a producer's log names no address of ours", () => {
  const log = [
    "[mov,mp4 @ 0x55] moov atom not found",
    `${relayOrigin}/source: Invalid data found when processing input`,
    `[concat @ 0x55] Impossible to open '${relayOrigin}/slices/a0-1f/00000.flac'`,
    "[http @ 0x55] http://127.0.0.1:8787/internal/eyJ0YXNr.c2ln/source: Connection refused",
    "[tcp @ 0x55] Connection to tcp://127.0.0.1:40123?timeout=1 failed: Connection refused",
    "TypeError: fetch failed http://marquee-1f2e.internal/remux",
  ].join("\n");
  expect(hideAddresses(log)).toBe(
    [
      "[mov,mp4 @ 0x55] moov atom not found",
      "source: Invalid data found when processing input",
      "[concat @ 0x55] Impossible to open 'slices/a0-1f/00000.flac'",
      "[http @ 0x55] storage Connection refused",
      "[tcp @ 0x55] Connection to storage failed: Connection refused",
      "TypeError: fetch failed storage",
    ].join("\n"),
  );
});
