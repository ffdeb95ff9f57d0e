/** One isolate's memory, before an origin that the test plays. */
import { beforeEach, expect, test } from "vitest";
import { Problem } from "../../http/problem.ts";
import { addToFeed, type Feed, newFeed, stampOf, writeFeed } from "./feed.ts";
import { graceMs, PublishedStore } from "./published-store.ts";

const start = Date.UTC(2027, 0, 1);
const key = "titles/ttl_1";

let feed: Feed;
let documents: Map<string, string>;
let asked: string[];
let isDown: { feed: boolean; documents: boolean };
let copyAge: number;
let store: PublishedStore;

function titled(title: string): string {
  const rules = { allowedCountries: null, blockedCountries: [], policyVersion: 0, hasOwnPolicy: false };
  return JSON.stringify({
    ...{ kind: "title", seq: 1, titleId: "ttl_1", slug: "film", title, assetId: null, status: "ready" },
    rules: { ...rules, policy: null },
  });
}

/** Writes a document (null: a tombstone) and names it, as a publisher elsewhere does. */
function write(of: string, text: string | null): void {
  documents.set(of, text ?? '{"kind":"gone","seq":2}');
  feed = addToFeed(feed, [{ key: of, isGone: text === null }]);
}

async function originOf(path: string): Promise<Response> {
  asked.push(path);
  await scheduler.wait(2);
  if (path.startsWith("/feed")) {
    if (isDown.feed) throw new Error("unreachable");
    return new Response(writeFeed(feed), { headers: { Age: String(copyAge) } });
  }
  if (isDown.documents) return new Response(null, { status: 503 });
  const [, , stamp, ...rest] = path.split("/");
  expect(stamp).toBe(stampOf(feed, rest.join("/")));
  const text = documents.get(rest.join("/"));
  return text === undefined ? new Response(null, { status: 404 }) : new Response(text);
}

async function read(atMs: number, of = key, maxAgeMs?: number): Promise<string | null> {
  const document = await store.read(of, start + atMs, maxAgeMs).catch((error: unknown) => {
    if (error instanceof Problem) return error;
    throw error;
  });
  if (document instanceof Problem) return document.code;
  return document?.kind === "title" ? document.title : null;
}

beforeEach(() => {
  feed = newFeed("e1");
  documents = new Map();
  asked = [];
  copyAge = 0;
  isDown = { feed: false, documents: false };
  store = new PublishedStore(originOf);
  write(key, titled("one"));
});

test("forty requests at once make one read of the feed and one of the document", async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, () => read(0)));
  expect(new Set(answers)).toEqual(new Set(["one"]));
  expect(asked).toEqual(["/feed", "/w/e1-1/titles/ttl_1"]);
});

test("a warm isolate asks for the feed each ten seconds and for nothing else", async () => {
  for (let second = 0; second < 60; second++) {
    await Promise.all(Array.from({ length: 5 }, () => read(second * 1000)));
  }
  expect(asked.filter((path) => path !== "/feed")).toEqual(["/w/e1-1/titles/ttl_1"]);
  expect(asked.length).toBe(7);
});

test("made-up keys push out none that is there, however many come", async () => {
  expect(await read(0)).toBe("one");
  for (let n = 0; n < 12_000; n += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, at) => read(1, `assets/made-up-${n + at}`)));
  }
  asked = [];
  expect(await read(2)).toBe("one");
  expect(asked).toEqual([]);
});

test("made-up keys cost one read each, and are read again when one of them is published", async () => {
  for (const at of [0, 1000, 60_000]) expect(await read(at, "slugs/nothing")).toBeNull();
  expect(asked.filter((path) => path.startsWith("/w/"))).toHaveLength(1);
  write("slugs/nothing", titled("something"));
  expect(await read(70_000, "slugs/nothing")).toBe("something");
});

test("a change counts when the feed names it, and at once for whoever is told", async () => {
  expect(await read(0)).toBe("one");
  write(key, titled("two"));
  expect(await read(9000)).toBe("one");
  expect(await read(10_000)).toBe("two");
  write(key, titled("three"));
  store.applyFeed(feed, start + 11_000);
  expect(await read(11_000)).toBe("three");
  write(key, titled("four"));
  expect(await read(11_500, key, 1000)).toBe("three");
  expect(await read(12_000, key, 1000)).toBe("four");
  expect(asked.at(-2)).toBe(`/feed/${(start + 12_000) / 1000}`);
});

test("a takedown needs no read", async () => {
  expect(await read(0)).toBe("one");
  write(key, null);
  isDown.documents = true;
  expect(await read(10_000)).toBeNull();
});

test("without the feed, what is held goes on for ten minutes, takedowns seen before hold, and then nobody knows the rules", async () => {
  write("titles/gone", null);
  write("titles/cold", titled("cold"));
  expect(await read(0)).toBe("one");
  isDown.feed = true;
  for (const at of [10_000, 11_000, 300_000, graceMs - 1]) {
    expect(await read(at)).toBe("one");
    expect(await read(at, "titles/gone")).toBeNull();
  }
  expect(await read(graceMs - 1, "titles/cold")).toBe("cold");
  const failures = asked.filter((path) => path === "/feed").length - 1;
  expect(failures).toBeLessThanOrEqual(3);
  expect(await read(graceMs)).toBe("rules_unknown");
  expect(await read(graceMs, "titles/gone")).toBe("rules_unknown");
  isDown.feed = false;
  expect(await read(graceMs + 2000)).toBe("one");
});

test("a refusal says when to try again", async () => {
  isDown.feed = true;
  const error = await store.read(key, start).catch((problem: unknown) => problem);
  expect(error).toMatchObject({ status: 503, code: "rules_unknown" });
});

test("a document that was named but can't be read goes on as it was, for ten minutes", async () => {
  expect(await read(0)).toBe("one");
  write(key, titled("two"));
  isDown.documents = true;
  expect(await read(10_000)).toBe("one");
  expect(await read(10_500)).toBe("one");
  expect(asked.filter((path) => path === "/w/e1-2/titles/ttl_1")).toHaveLength(1);
  expect(await read(10_000 + graceMs)).toBe("rules_unknown");
  isDown.documents = false;
  expect(await read(20_000 + graceMs)).toBe("two");
});

test("a document that is lost without a tombstone is no takedown", async () => {
  expect(await read(0)).toBe("one");
  write(key, titled("two"));
  documents.delete(key);
  expect(await read(10_000)).toBe("one");
  expect(await read(10_000 + graceMs)).toBe("rules_unknown");
});

test("old copies of the feed, from a cache that reaches no storage, count as old", async () => {
  expect(await read(0)).toBe("one");
  for (let second = 10; second < graceMs / 1000; second += 10) {
    copyAge = second;
    expect(await read(second * 1000)).toBe("one");
  }
  copyAge = graceMs / 1000;
  expect(await read(graceMs)).toBe("rules_unknown");
  copyAge = 4;
  expect(await read(graceMs + 2000)).toBe("one");
});

test("a late copy of the feed changes nothing; one that stays behind is believed in the end", async () => {
  const early = feed;
  write(key, titled("two"));
  expect(await read(0)).toBe("two");
  const latest = feed;
  feed = early;
  expect(await read(10_000)).toBe("two");
  feed = latest;
  expect(await read(30_000)).toBe("two");
  expect(asked.filter((path) => path.startsWith("/w/"))).toHaveLength(1);
  feed = early;
  expect(await read(30_000 + graceMs + 1)).toBe("two");
  expect(asked.at(-1)).toBe("/w/e1-1/titles/ttl_1");
});

test("another epoch, or a feed cut beyond what is known, makes everything be read again", async () => {
  expect(await read(0)).toBe("one");
  documents.set(key, titled("two"));
  for (let n = 0; n < 1100; n++) write(`assets/a${n}`, titled("x"));
  expect(await read(10_000)).toBe("two");
  documents.set(key, titled("three"));
  feed = newFeed("e2");
  expect(await read(20_000)).toBe("three");
});

test("a clock that jumps back asks again instead of trusting the future", async () => {
  expect(await read(3_600_000)).toBe("one");
  write(key, titled("two"));
  expect(await read(0)).toBe("two");
});
