import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { readRange } from "./read-range.ts";

/** Larger than what is read from R2 at a time, and no whole number of it. */
const size = 20_500_000;
const bytes = new Uint8Array(size).map((_, n) => (n * 31 + (n >> 13)) & 0xff);
const late: Promise<void>[] = [];

beforeAll(async () => {
  await env.SOURCES.put("film", bytes);
});

function ask(range: string | null): Promise<Response> {
  const headers: HeadersInit = range === null ? {} : { Range: range };
  const request = new Request("http://film", { headers });
  return readRange(env.SOURCES, "film", size, request, (work) => void late.push(work));
}

function same(got: Uint8Array, start: number, end: number): boolean {
  return got.byteLength === end - start && got.every((byte, n) => byte === bytes[start + n]);
}

test.for<[string | null, number, number]>([
  [null, 0, size],
  ["bytes=0-", 0, size],
  ["bytes=7999999-8000000", 7_999_999, 8_000_001],
  ["bytes=100-16000100", 100, 16_000_101],
  ["bytes=20499999-", 20_499_999, size],
  ["bytes=5-99999999", 5, size],
])("%s is answered with just its bytes", async ([range, start, end]) => {
  const response = await ask(range);
  expect(response.status).toBe(range === null ? 200 : 206);
  expect(response.headers.get("Content-Length")).toBe(String(end - start));
  if (range !== null) expect(response.headers.get("Content-Range")).toBe(`bytes ${start}-${end - 1}/${size}`);
  expect(same(await response.bytes(), start, end)).toBe(true);
});

test("what lies beyond the end is refused", async () => {
  await expect(ask(`bytes=${size}-`)).rejects.toMatchObject({ code: "range_not_satisfiable", status: 416 });
});

test("a reader that goes away ends the reading", async () => {
  late.length = 0;
  const reader = (await ask("bytes=0-")).body?.getReader();
  await reader?.read();
  await reader?.cancel();
  expect(late).toHaveLength(1);
  await Promise.all(late);
});
