import { env, exports } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { seedProducer } from "../../../test/support/seed-producer.ts";
import { lastingAlarms, raiseAlarm } from "../../catalog/alarms.ts";
import { openDatabase } from "../../catalog/database.ts";
import { deletionGate } from "../../safety/deletion-gate.ts";
import { countUnknown } from "../../safety/unknown-objects.ts";

const db = openDatabase(env);
let key = "";

beforeAll(async () => {
  key = (await seedProducer(env, { isOperator: true })).key;
});

async function call(method: string, path: string, bearer = key): Promise<Response> {
  const headers = { Authorization: `Bearer ${bearer}` };
  return await exports.default.fetch(`https://marquee.test/v1/ops${path}`, { method, headers });
}

test("only operators see alarms or say which database is right", async () => {
  const { key: plain } = await seedProducer(env);
  for (const [method, path] of [
    ["GET", "/alarms"],
    ["POST", "/alarms/sweep_fuse/end"],
    ["POST", "/epoch/adopt"],
    ["GET", "/unknown-objects"],
  ] as const) {
    expect((await call(method, path, plain)).status, path).toBe(403);
  }
});

test("buckets that hold films but no stamp raise an alarm, which ends when an operator says that they are right", async () => {
  await env.SOURCES.put("sources/upl_of_nobody", "x");
  expect(await deletionGate(env, Date.now()).mayDelete()).toBe(false);
  const { alarms } = await (await call("GET", "/alarms")).json<{ alarms: unknown[] }>();
  expect(alarms).toMatchObject([
    { code: "epoch_missing", stops_deleting: true, detail: expect.stringContaining("/v1/ops/epoch/adopt") },
  ]);
  const health = await (await exports.default.fetch("https://marquee.test/healthz")).json();
  expect(health).toMatchObject({ state: expect.any(String), alarms: ["epoch_missing"] });
  expect((await call("POST", "/alarms/epoch_missing/end")).status).toBe(409);
  const adopted = await (await call("POST", "/epoch/adopt")).json();
  expect(adopted).toMatchObject({ generation: 1, may_delete: true });
  expect(await (await call("GET", "/alarms")).json()).toEqual({ alarms: [] });
});

test("the sweep's fuse is ended by hand; what is unknown is listed in pages", async () => {
  for (let n = 0; n < 60; n++) {
    const letters = n < 30 ? `a${n.toString(36)}` : `b${(n - 30).toString(36)}`;
    await countUnknown(
      env,
      letters,
      { found: 9, unknown: [{ id: `upl_${letters}`, key: `SOURCES/sources/upl_${letters}` }] },
      1000,
    );
  }
  await raiseAlarm(db, "sweep_fuse", "Much is unknown.", 2000);
  const first = await (await call("GET", "/unknown-objects")).json<{
    slices: { letters: string }[];
    next_cursor: string;
  }>();
  expect(first.slices).toHaveLength(50);
  const rest = await (await call("GET", `/unknown-objects?cursor=${first.next_cursor}`)).json<{
    slices: { letters: string }[];
    next_cursor: string | null;
  }>();
  expect([rest.slices.length, rest.next_cursor]).toEqual([10, null]);
  expect(first.slices.map(({ letters }) => letters)).not.toContain(rest.slices[0]?.letters);
  expect((await call("GET", "/unknown-objects?cursor=%25")).status).toBe(400);
  expect((await call("POST", "/alarms/sweep_fuse/end")).status).toBe(204);
  expect((await call("POST", "/alarms/sweep_fuse/end")).status).toBe(404);
  expect(await lastingAlarms(db)).toEqual([]);
});
