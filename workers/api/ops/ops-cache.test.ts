import { env, exports } from "cloudflare:workers";
import { expect, test } from "vitest";
import { seedProducer } from "../../../test/support/seed-producer.ts";
import { seededKeys, seedTitle } from "../../../test/support/seed-title.ts";

const country = { cf: { country: "DE" } };

async function cacheFigures(key: string): Promise<Response> {
  return await exports.default.fetch("https://marquee.test/v1/ops/cache", {
    headers: { Authorization: `Bearer ${key}` },
  });
}

test("operators see what was delivered from where, by class of object", async () => {
  const { titleId } = await seedTitle(env);
  const issued = await exports.default.fetch(
    new Request("https://marquee.test/v1/playback", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ title: titleId }),
      ...country,
    }),
  );
  const { playback_url } = await issued.json<{ playback_url: string }>();
  for (const file of ["main.m3u8", `${seededKeys.audio}/init.mp4`, `${seededKeys.audio}/init.mp4`]) {
    const response = await exports.default.fetch(new Request(new URL(file, playback_url), country));
    expect(response.status).toBe(200);
    await response.arrayBuffer();
  }
  const { key } = await seedProducer(env, { isOperator: true });
  expect(await (await cacheFigures(key)).json()).toEqual({
    scope: "isolate",
    objects: [
      { object: "multivariant", requests: 1, isolate: 0, edge: 0, origin: 1, hit_ratio: 0 },
      { object: "init", requests: 2, isolate: 1, edge: 0, origin: 1, hit_ratio: 0.5 },
    ],
  });
});

test("producers who are no operators don't", async () => {
  const { key } = await seedProducer(env);
  expect((await cacheFigures(key)).status).toBe(403);
});
