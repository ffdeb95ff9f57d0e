/**
 * Requests to every route of the API and the pages, drawn from a printed seed: none is answered with 5xx, bare, late, without its
 * headers, or with what is another's. `npm run fuzz -- api --requests N --seed N` says how many, and which.
 */
import { env, exports } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import { Random } from "../../support/random.ts";
import { type ApiRequest, drawApiRequest } from "./draw-request.ts";
import { describeBystander, type FuzzWorld, seedFuzzWorld } from "./fuzz-world.ts";
import { isLate, judgeAnswer } from "./judge-answer.ts";

/** Requests that are under way together. */
const together = 64;

/** Requests of one world: later ones find too much deleted, and quotas used up. */
const ofOneWorld = 960;

/** A default small enough for every run of the tests; `npm run fuzz` says its own number. */
const requests = Number(env.FUZZ_API_REQUESTS);
const seed = env.FUZZ_SEED === "" ? Math.floor(Math.random() * 2 ** 31) : Number(env.FUZZ_SEED);

test(`${requests} requests to the API and the pages`, { timeout: 0 }, async () => {
  console.log(`seed ${seed}`);
  // Thousands of lines about keys that were made; what breaks inside is told by console.error.
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  const random = new Random(seed);
  const counts = new Map<string, number>();
  const wrong: string[] = [];
  const slow: ApiRequest[] = [];

  async function tryOne(sent: ApiRequest, request: Request, isAlone: boolean): Promise<void> {
    const { route, shownBody } = sent;
    const { method, url } = request;
    const head = JSON.stringify([...request.headers]).slice(0, 600);
    const describe = (why: string) =>
      `${route}: ${method} ${url.slice(0, 400)} ${head} ${shownBody}\n    ${why}`;
    const began = Date.now();
    try {
      const response = await exports.default.fetch(request);
      const text = new TextDecoder().decode(await response.arrayBuffer());
      const tookMs = Date.now() - began;
      const { status, headers } = response;
      const { kind, faults } = judgeAnswer(sent, { status, headers, text });
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      wrong.push(...faults.map(describe));
      if (!isLate(route, tookMs)) return;
      if (isAlone) wrong.push(describe(`took ${tookMs} ms alone`));
      else slow.push(sent);
    } catch (error) {
      wrong.push(describe(`no answer: ${String(error)}`));
    }
  }

  async function tryWorld(world: FuzzWorld, count: number): Promise<void> {
    for (let sent = 0; sent < count && wrong.length < 20; ) {
      const batch: Promise<void>[] = [];
      while (batch.length < together && sent < count) {
        const drawn = drawApiRequest(random, world);
        if (drawn === null) continue;
        sent += 1;
        batch.push(tryOne(drawn, drawn.request, false));
      }
      await Promise.all(batch);
      // Slow among others is the machine's fault; slow alone is the request's.
      for (const sent of slow.splice(0)) await tryOne(sent, sent.again(), true);
    }
  }

  for (let sent = 0; sent < requests && wrong.length < 20; sent += ofOneWorld) {
    const world = await seedFuzzWorld(env);
    const before = await describeBystander(env, world.bystanderId);
    await tryWorld(world, Math.min(ofOneWorld, requests - sent));
    const after = await describeBystander(env, world.bystanderId);
    if (after !== before) wrong.push(`the bystander's rows were changed:\n${before}\n${after}`);
  }

  vi.restoreAllMocks();
  const table = [...counts].toSorted(([, a], [, b]) => b - a);
  console.log(table.map(([kind, times]) => `${String(times).padStart(7)}  ${kind}`).join("\n"));
  expect(wrong).toEqual([]);
  // A fuzz that gets nowhere, or is refused nowhere, would prove nothing.
  for (const kind of [
    "200",
    "200 page",
    "201",
    "204",
    "303",
    "401 unauthenticated",
    "405 method_not_allowed",
  ]) {
    expect([kind, (counts.get(kind) ?? 0) > 0]).toEqual([kind, true]);
  }
});
