/** Lists read what they show, on any page and in a library of any size: D1's own count of rows. */
import { env, exports } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { meterDatabase } from "../../test/support/meter-database.ts";
import { libraryStatements, seed, workStatements } from "../../test/support/seed-library.ts";
import { seedProducer } from "../../test/support/seed-producer.ts";
import { noteFleetLoad } from "../pipeline/tasks/service-load.ts";
import { writeCursor } from "../shared/page-cursor.ts";

const meter = meterDatabase(env.DB);
const titles = 20_000;
const minuteMs = 60_000;
const newest = 1_800_000_000_000;

let big: { producerId: string; key: string };
let nobody: { producerId: string; key: string };

beforeAll(async () => {
  big = await seedProducer(env);
  nobody = await seedProducer(env);
  const run = (sql: string) => env.DB.prepare(sql).run();
  await seed(run, libraryStatements({ from: 0, count: titles, big: big.producerId, now: newest }));
  await seed(run, workStatements({ films: 50, producer: big.producerId, now: newest }));
  await noteFleetLoad(env, Date.now());
});

async function rowsOf(path: string, key: string): Promise<{ rows: number; body: string }> {
  meter.reset();
  const response = await exports.default.fetch(`https://marquee.test${path}`, {
    headers: { Authorization: `Bearer ${key}` },
  });
  const body = await response.text();
  expect(response.status, body).toBe(200);
  return { rows: meter.rowsRead, body };
}

/** Cursors of the first page, the eleventh, one in the middle and the last: the big producer's are two minutes apart. */
const pages = Object.entries({ first: null, eleventh: 500, middle: titles / 4, last: titles / 2 - 60 }).map(
  ([name, shown]) => ({
    name,
    cursor:
      shown === null
        ? ""
        : `&cursor=${writeCursor({ createdAt: newest - shown * 2 * minuteMs, id: "ast_00000000000000000000" })}`,
  }),
);

test.for(["/v1/assets", "/v1/titles", "/v1/uploads"])("%s", async (list) => {
  for (const { name, cursor } of pages) {
    // The first time sums of tasks are made; a page that is looked at again and again has them.
    await rowsOf(`${list}?limit=50${cursor}`, big.key);
    const { rows, body } = await rowsOf(`${list}?limit=50${cursor}`, big.key);
    const shown = Object.values(JSON.parse(body) as Record<string, unknown>).find(Array.isArray) ?? [];
    expect(shown.length, name).toBeGreaterThanOrEqual(50);
    expect(rows, `${name}: ${meter.worst.sql}`).toBeLessThanOrEqual(300);
  }
  const { rows } = await rowsOf(`${list}?limit=50`, nobody.key);
  expect(rows, `none: ${meter.worst.sql}`).toBeLessThanOrEqual(10);
});

test("who asks for changes reads only those, and the films in work that they name", async () => {
  const since = new Date(newest + 1).toISOString();
  const quiet = await rowsOf(`/v1/assets?since=${since}`, big.key);
  expect(JSON.parse(quiet.body)).toMatchObject({ assets: [], deleted: [], is_cut: false });
  expect(quiet.rows).toBeLessThanOrEqual(10);
  const list = await rowsOf("/v1/assets?limit=10", big.key);
  const ids = (JSON.parse(list.body) as { assets: { id: string }[] }).assets.map(({ id }) => id);
  const asked = await rowsOf(`/v1/assets?since=${since}&ids=${ids.join()}`, big.key);
  expect((JSON.parse(asked.body) as { assets: unknown[] }).assets).toHaveLength(10);
  expect(asked.rows, meter.worst.sql).toBeLessThanOrEqual(80);
});

test("what changed, is gone, or never was theirs is told; bad questions are refused", async () => {
  const list = await rowsOf("/v1/assets?limit=3", big.key);
  const [changed, gone] = (JSON.parse(list.body) as { assets: { id: string }[] }).assets;
  const at = newest + 5000;
  await env.DB.prepare("update assets set updated_at = ? where id = ?").bind(at, changed?.id).run();
  await env.DB.prepare("update assets set updated_at = ?1, deleted_at = ?1 where id = ?2")
    .bind(at, gone?.id)
    .run();
  const since = new Date(at).toISOString();
  const answer = await rowsOf(`/v1/assets?since=${since}&ids=ast_of_somebody_else`, big.key);
  expect(JSON.parse(answer.body)).toMatchObject({
    assets: [{ id: changed?.id, updated_at: since }],
    deleted: [gone?.id, "ast_of_somebody_else"],
  });
  for (const query of ["since=x", `since=${since}&ids=`, `since=${since}&ids=ttl_1`]) {
    const refused = await exports.default.fetch(`https://marquee.test/v1/assets?${query}`, {
      headers: { Authorization: `Bearer ${big.key}` },
    });
    expect(refused.status, query).toBe(400);
  }
});
