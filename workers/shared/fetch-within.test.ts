import { afterEach, expect, test, vi } from "vitest";
import { fetchWithin, headWithin } from "./fetch-within.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** A server that takes the connection; it heeds the end of the request, as the platform's `fetch` does. */
function silentServer(): void {
  vi.spyOn(globalThis, "fetch").mockImplementation(
    (_, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
      }),
  );
}

test("a server that says nothing is given up", async () => {
  silentServer();
  await expect(fetchWithin(10, "http://silent.test/")).rejects.toMatchObject({ name: "TimeoutError" });
});

test("the caller's own signal ends it too", async () => {
  silentServer();
  const leaving = new AbortController();
  const asked = fetchWithin(60_000, "http://silent.test/", { signal: leaving.signal });
  leaving.abort(new Error("left"));
  await expect(asked).rejects.toThrow("left");
});

test("a head that is late is given up, whether or not the request heeds its signal", async () => {
  const signals: AbortSignal[] = [];
  const deaf = (signal: AbortSignal) => {
    signals.push(signal);
    return new Promise<Response>(() => undefined);
  };
  await expect(headWithin(10, deaf)).rejects.toThrow("did not answer within 10 ms");
  expect(signals[0]?.aborted).toBe(true);
});

test("a body may come later than its head", async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const response = await headWithin(20, async () => new Response(readable));
  const text = response.text();
  await scheduler.wait(40);
  const writer = writable.getWriter();
  await writer.write(new TextEncoder().encode("late"));
  await writer.close();
  expect(await text).toBe("late");
});
