import { expect, test } from "vitest";
import { transcoderKey } from "./transcoder-key.ts";

test("a transcoder's key is its own, and follows from the secret", async () => {
  const key = await transcoderKey("secret", "slot-1");
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(await transcoderKey("secret", "slot-1")).toBe(key);
  expect(await transcoderKey("secret", "slot-2")).not.toBe(key);
  expect(await transcoderKey("other", "slot-1")).not.toBe(key);
});
