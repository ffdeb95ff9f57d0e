/** Cases that the other tests cannot show on a laptop: Workers Cache slices by itself, and origins fail. */
import { expect, test, vi } from "vitest";
import { Problem } from "../../http/problem.ts";
import { fetchOrigin } from "./fetch-origin.ts";
import { rangeForOrigin, respondFromOrigin } from "./respond-from-origin.ts";

const delivery = {
  contentType: "video/iso.segment",
  cacheControl: "private, max-age=60, immutable",
  compressible: false,
  policyClass: "full",
};

const found = { tier: "edge", objectClass: "segment" } as const;

async function answer(headers: Record<string, string>, origin: Response): Promise<Response> {
  const request = new Request("http://marquee.test/v/t/k/seg-00000.m4s", { headers });
  const work: Promise<unknown>[] = [];
  return await respondFromOrigin(request, origin, delivery, found, (promise) => work.push(promise));
}

const part = {
  ETag: '"tag"',
  "Content-Range": "bytes 2-4/10",
  "Content-Length": "3",
  "Cf-Cache-Status": "HIT",
};

test("a slice that the cache made is passed on as it is", async () => {
  const response = await answer({ Range: "bytes=2-4" }, new Response("cde", { status: 206, headers: part }));
  expect(response.status).toBe(206);
  expect(response.headers.get("Content-Range")).toBe("bytes 2-4/10");
  expect(response.headers.get("Content-Length")).toBe("3");
  expect(response.headers.get("Content-Type")).toBe("video/iso.segment");
  expect(response.headers.get("Server-Timing")).toBe("cache;desc=hit");
  expect(new TextDecoder().decode(await response.arrayBuffer())).toBe("cde");
});

test("a precondition goes before a slice that the cache made", async () => {
  const headers = { Range: "bytes=2-4", "If-None-Match": '"tag"' };
  const response = await answer(headers, new Response("cde", { status: 206, headers: part }));
  expect([response.status, response.headers.get("Content-Range")]).toEqual([304, null]);
});

test("a refusal of the cache to slice is ours too", async () => {
  const origin = new Response(null, { status: 416, headers: { "Content-Range": "bytes */10" } });
  const refused = await answer({ Range: "bytes=20-" }, origin).catch((error: unknown) => error);
  if (!(refused instanceof Problem)) throw refused;
  expect([refused.status, refused.headers["Content-Range"]]).toEqual([416, "bytes */10"]);
});

test("the cache is asked to slice only what it cannot get wrong", () => {
  const asked = (headers: Record<string, string>, method = "GET") =>
    rangeForOrigin(new Request("http://marquee.test/", { method, headers }));
  expect(asked({ Range: "bytes=2-4" })).toBe("bytes=2-4");
  expect(asked({ Range: "bytes=-4" })).toBe("bytes=-4");
  expect(asked({ Range: "bytes=2-4" }, "HEAD")).toBeNull();
  expect(asked({ Range: "bytes=2-4", "If-Range": '"tag"' })).toBeNull();
  expect(asked({ Range: "bytes=0-1,4-5" })).toBeNull();
  expect(asked({ Range: "lines=0-1" })).toBeNull();
  expect(asked({})).toBeNull();
});

test("an origin that says nothing is given up", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  vi.spyOn(console, "error").mockReturnValue(undefined);
  const asked = fetchOrigin({ fetch: () => new Promise(() => undefined) }, "/m/a/b/c.m4s", {
    ...{ method: "GET", range: null, changesAt: null },
  }).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(15_000);
  expect(await asked).toMatchObject({ status: 503, code: "origin_unavailable" });
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test.each([
  ["throws", () => Promise.reject(new Error("R2 is away"))],
  ["answers 500", () => Promise.resolve(new Response("oops", { status: 500 }))],
])("an origin that %s is a 503 that a player retries", async (_what, fetch) => {
  const failed = await fetchOrigin({ fetch }, "/m/a/b/c.m4s", {
    method: "GET",
    range: null,
    changesAt: null,
  }).catch((error: unknown) => error);
  expect(failed).toMatchObject({ status: 503, code: "origin_unavailable", headers: { "Retry-After": "1" } });
});
