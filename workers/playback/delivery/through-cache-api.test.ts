import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { expect, test } from "vitest";
import { seededKeys, seededSegment, seedTitle } from "../../../test/support/seed-title.ts";
import { throughCacheApi } from "./through-cache-api.ts";

const bytes = crypto.getRandomValues(new Uint8Array(60_000));

/** An origin that reads R2 and counts how often. */
function countingReader(key: string) {
  const counted = { reads: 0 };
  const read = async () => {
    counted.reads++;
    const object = await env.MEDIA.get(key);
    return new Response(object?.body ?? null, {
      status: object === null ? 404 : 200,
      headers: { "Cache-Control": object === null ? "no-store" : "public, max-age=3600" },
    });
  };
  return { counted, read };
}

test("requests for the same cold object share one read", async () => {
  await env.MEDIA.put("cold", bytes);
  const { counted, read } = countingReader("cold");
  const ctx = createExecutionContext();
  const answers = await Promise.all(
    Array.from({ length: 20 }, () =>
      throughCacheApi(new Request("http://origin/cold"), (work) => ctx.waitUntil(work), read),
    ),
  );
  for (const answer of answers) expect(await answer.bytes()).toEqual(bytes);
  await waitOnExecutionContext(ctx);
  expect(counted.reads).toBe(1);
});

test("what is not there is asked for by each, and is there as soon as it is", async () => {
  const { counted, read } = countingReader("late");
  const ctx = createExecutionContext();
  const ask = () => throughCacheApi(new Request("http://origin/late"), (work) => ctx.waitUntil(work), read);
  expect((await Promise.all([ask(), ask(), ask()])).map(({ status }) => status)).toEqual([404, 404, 404]);
  expect(counted.reads).toBe(3);
  await env.MEDIA.put("late", bytes);
  expect(await (await ask()).bytes()).toEqual(bytes);
  await waitOnExecutionContext(ctx);
});

test("a read that fails leaves nobody waiting", async () => {
  const ctx = createExecutionContext();
  let fails = true;
  const read = async () => {
    if (fails) throw new Error("R2 is away");
    return new Response(bytes, { headers: { "Cache-Control": "public, max-age=3600" } });
  };
  const ask = () => throughCacheApi(new Request("http://origin/away"), (work) => ctx.waitUntil(work), read);
  await expect(ask()).rejects.toThrow("R2 is away");
  fails = false;
  expect(await (await ask()).bytes()).toEqual(bytes);
  await waitOnExecutionContext(ctx);
});

test("a crowd of viewers of one cold segment gets it whole, through the real entrypoint", async () => {
  const { assetId } = await seedTitle(env);
  const path = `http://origin/m/${assetId}/${seededKeys.video720}/seg-00001.m4s`;
  const answers = await Promise.all(Array.from({ length: 30 }, () => exports.Origin.fetch(path)));
  for (const answer of answers) {
    expect(await answer.bytes()).toEqual(seededSegment(`${seededKeys.video720} 1`));
  }
});
