/** A slot and its container, which here is whatever the test says: it comes up or not, answers or hangs, and dies. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { SlotState } from "../scheduler/slot-table.ts";
import { ContainerSlot, type SlotContainer, type SlotTask } from "./container-slot.ts";

const limits = {
  ...{ startMs: 100, pauseMs: 1, lookMs: 20, answerMs: 40, silentMs: 60, takenMs: 100, platformMs: 40 },
};

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

let told: SlotState[] = [];
let work: Promise<unknown>[] = [];
const waitUntil = (one: Promise<unknown>): void => void work.push(one);

beforeEach(() => {
  told = [];
  work = [];
  for (const level of ["warn", "error"] as const) vi.spyOn(console, level).mockReturnValue(undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** A container whose server answers as `serve` says. `ends` settles `monitor`, as the platform does. */
function aContainer(serve: (path: string) => Promise<Response>) {
  const seen = { starts: 0, destroys: 0, paths: [] as string[] };
  let ended = Promise.withResolvers<void>();
  let running = false;
  const port = {
    fetch: (url: string) => {
      const { pathname } = new URL(url);
      seen.paths.push(pathname);
      return serve(pathname);
    },
  };
  const container = {
    get running() {
      return running;
    },
    start: () => {
      running = true;
      seen.starts += 1;
      ended = Promise.withResolvers();
    },
    monitor: () => ended.promise,
    destroy: async () => {
      running = false;
      seen.destroys += 1;
      ended.resolve();
    },
    getTcpPort: () => port,
    setInactivityTimeout: async () => undefined,
    interceptOutboundHttp: async () => undefined,
  };
  const slot = new ContainerSlot(
    container as unknown as SlotContainer,
    "key",
    async (state) => void told.push(state),
    limits,
  );
  return { slot, seen };
}

const healthy = async (): Promise<Response> => new Response("{}");

/** Answers with a stream of the test's own. */
function lines() {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  return {
    response: new Response(readable),
    say: async (text: string) => await writer.write(new TextEncoder().encode(text)),
    end: async () => await writer.close(),
    die: async () => await writer.abort(new Error("died")),
  };
}

const task = (lane: SlotTask["lane"] = "heavy"): SlotTask => ({
  ...{ lane, body: "{}", host: "marquee-1.internal", api: {} as Fetcher },
});

test("a task's lines come through, and its room is given back", async () => {
  const answer = lines();
  const { slot, seen } = aContainer((path) =>
    path === "/healthz" ? healthy() : Promise.resolve(answer.response),
  );
  const response = await slot.run(task(), waitUntil);
  expect((await slot.run(task(), waitUntil)).status).toBe(409);
  const text = response.text();
  await answer.say("one\n");
  await answer.end();
  expect(await text).toBe("one\n");
  await work.at(-1);
  expect(told).toEqual(["warm"]);
  expect(seen).toMatchObject({ starts: 1, destroys: 0, paths: ["/healthz", "/tasks"] });
});

test("a container that says nothing any more is destroyed, all of its tasks break off, and the next one starts another", async () => {
  const answers = [lines(), lines(), lines()];
  let given = 0;
  const { slot, seen } = aContainer(async (path) =>
    path === "/healthz" ? await healthy() : (answers[given++]?.response ?? new Response(null)),
  );
  const [heavy, light] = [await slot.run(task(), waitUntil), await slot.run(task("light"), waitUntil)];
  const texts = Promise.allSettled([heavy.text(), light.text()]);
  await answers[0]?.say("one\n");
  expect((await texts).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  await Promise.all(work);
  expect(seen.destroys).toBe(1);
  expect(told.filter((state) => state === "cold")).toHaveLength(1);
  const again = await slot.run(task(), waitUntil);
  expect(again.status).toBe(200);
  expect(seen.starts).toBe(2);
});

test.each([
  ["does not come up", () => never<Response>()],
  ["comes up broken", async () => new Response("oops", { status: 500 })],
  ["comes up and takes no task", (path: string) => (path === "/healthz" ? healthy() : never<Response>())],
])("a container that %s is destroyed, and costs no room", async (_, serve) => {
  const { slot, seen } = aContainer(serve);
  for (let n = 1; n <= 3; n++) {
    expect((await slot.run(task(), waitUntil)).status).toBe(503);
    expect(seen).toMatchObject({ starts: n, destroys: n });
  }
});

test("a task that is not taken leaves alone a container in which another one runs", async () => {
  const running = lines();
  let given = 0;
  const { slot, seen } = aContainer((path) => {
    if (path === "/healthz") return healthy();
    return given++ === 0 ? Promise.resolve(running.response) : never();
  });
  const text = (await slot.run(task(), waitUntil)).text();
  const pulse = setInterval(() => void running.say("still here\n"), 20);
  expect((await slot.run(task("light"), waitUntil)).status).toBe(503);
  clearInterval(pulse);
  expect(seen.destroys).toBe(0);
  await running.end();
  expect(await text).toContain("still here");
});

test("a refusal of the container's is passed on, and costs no room", async () => {
  const { slot } = aContainer(async (path) =>
    path === "/healthz" ? await healthy() : new Response("another task runs alone here", { status: 409 }),
  );
  for (let n = 0; n < 3; n++) {
    const response = await slot.run(task(), waitUntil);
    expect([response.status, await response.text()]).toEqual([409, "another task runs alone here"]);
  }
});

test("a container that dies ends its tasks, and their room is given back", async () => {
  const answers = [lines(), lines()];
  let given = 0;
  const { slot } = aContainer(async (path) =>
    path === "/healthz" ? await healthy() : (answers[given++]?.response ?? new Response(null)),
  );
  const text = (await slot.run(task(), waitUntil)).text();
  await answers[0]?.say("one\n");
  await answers[0]?.die();
  await expect(text).rejects.toThrow();
  await Promise.all(work.slice(1));
  expect((await slot.run(task(), waitUntil)).status).toBe(200);
});

test("a consumer that has gone ends its task, and not the container", async () => {
  const answers = [lines(), lines()];
  let given = 0;
  const { slot, seen } = aContainer(async (path) =>
    path === "/healthz" ? await healthy() : (answers[given++]?.response ?? new Response(null)),
  );
  const response = await slot.run(task(), waitUntil);
  await response.body?.cancel();
  await answers[0]?.say("one\n").catch(() => undefined);
  await work.at(-1);
  expect(seen.destroys).toBe(0);
  expect((await slot.run(task(), waitUntil)).status).toBe(200);
});
