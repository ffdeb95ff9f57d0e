import { expect, test } from "vitest";
import { limitBytes } from "./limit-bytes.ts";

async function* chunks(count: number): AsyncGenerator<Uint8Array> {
  for (let n = 0; n < count; n++) yield new Uint8Array(10);
}

test("what was planned passes whole, what is far beyond is stopped", async () => {
  expect(await Array.fromAsync(limitBytes(chunks(10), 100))).toHaveLength(10);
  const tooMuch = Array.fromAsync(limitBytes(chunks(1_000_000_000), 100));
  await expect(tooMuch).rejects.toMatchObject({ code: "too_much_output", retryable: true });
});
