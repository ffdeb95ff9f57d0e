/** What a producer may have is shown, changed by operators, and held wherever something is added. */
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { beforeAll, expect, test } from "vitest";
import { refusalOf, type SendOptions, send } from "../../../test/support/http.ts";
import { seedFilm } from "../../../test/support/seed-film.ts";
import { seedProducer } from "../../../test/support/seed-producer.ts";
import { openDatabase } from "../../catalog/database.ts";
import { defaultQuotas, type QuotaName } from "../../catalog/quotas.ts";
import { assets, policyVersions, producers, sessions, tasks, uploads } from "../../catalog/schema.ts";
import { newId } from "../../shared/new-id.ts";
import type { AccountJson } from "./describe-account.ts";

const db = openDatabase(env);
let operator: { producerId: string; key: string };

beforeAll(async () => {
  operator = await seedProducer(env, { isOperator: true });
});

async function aProducer(quotas: Partial<Record<QuotaName, number>> = {}) {
  const producer = await seedProducer(env);
  await db.update(producers).set({ quotas }).where(eq(producers.id, producer.producerId));
  return producer;
}

const create = (key: string, length: number | null, more: SendOptions = {}) =>
  send("/v1/uploads", {
    ...{ method: "POST", key, ...more },
    headers: {
      "Tus-Resumable": "1.0.0",
      ...(length === null ? { "Upload-Defer-Length": "1" } : { "Upload-Length": String(length) }),
    },
  });

const accountOf = async (key: string) => await (await send("/v1/account", { key })).json<AccountJson>();

test("an account shows each quota and what is used of it", async () => {
  const { producerId, key } = await aProducer({ films: 7 });
  await seedFilm(env, { producerId });
  expect((await create(key, 1000)).status).toBe(201);
  expect((await send("/v1/signing-keys", { key, body: {} })).status).toBe(201);
  const account = await accountOf(key);
  expect(account).toMatchObject({
    ...{ id: producerId, name: "Test producer", is_operator: false },
    quotas: {
      films: { used: 1, limit: 7 },
      open_uploads: { used: 1, limit: defaultQuotas.open_uploads },
      signing_keys: { used: 1, limit: 10 },
      policy_versions: { used: null, limit: 200 },
      sessions: { used: 0, limit: 20 },
    },
  });
  expect(account.quotas.bytes_stored.used).toBeGreaterThanOrEqual(1000);
  expect(account.rates).toContainEqual({ limit: "account", requests: 6000, seconds: 60 });
  expect((await send("/v1/account")).status).toBe(401);
});

test("an operator gives a producer other numbers, and takes them back", async () => {
  const { producerId, key } = await aProducer();
  const change = (body: unknown, by = operator.key) =>
    send(`/v1/ops/producers/${producerId}/quotas`, { method: "PATCH", key: by, body });
  const changed = await change({ films: 5, open_uploads: 2 });
  expect((await changed.json<AccountJson>()).quotas).toMatchObject({
    ...{ films: { used: 0, limit: 5 }, open_uploads: { used: 0, limit: 2 } },
  });
  await change({ films: null });
  expect((await accountOf(key)).quotas).toMatchObject({
    ...{ films: { limit: defaultQuotas.films }, open_uploads: { limit: 2 } },
  });
  for (const body of [{}, { cats: 1 }, { films: -1 }, { films: 1.5 }, { films: "9" }]) {
    expect(await refusalOf(await change(body))).toEqual([422, "invalid_input"]);
  }
  expect(await refusalOf(await change({ films: 1e6 }, key))).toEqual([403, "not_an_operator"]);
  const nobody = await send("/v1/ops/producers/prd_nobody", { key: operator.key });
  expect(await refusalOf(nobody)).toEqual([404, "producer_not_found"]);
});

test("an upload that would take more bytes, films or rows than allowed is not begun", async () => {
  const bytes = await aProducer({ bytes_stored: 1000 });
  expect((await create(bytes.key, 600)).status).toBe(201);
  const refused = await create(bytes.key, 401);
  expect(await refused.clone().json()).toMatchObject({ quota: "bytes_stored", limit: 1000, used: 600 });
  expect(await refusalOf(refused)).toEqual([403, "storage_quota_exceeded"]);
  expect((await create(bytes.key, 400)).status).toBe(201);

  const films = await aProducer({ films: 1 });
  await seedFilm(env, { producerId: films.producerId });
  expect(await refusalOf(await create(films.key, 1))).toEqual([403, "too_many_films"]);

  const ended = await aProducer({ ended_uploads: 2 });
  for (let n = 0; n < 2; n++) {
    const path = (await create(ended.key, 1)).headers.get("Location") ?? "";
    await send(path, { method: "DELETE", key: ended.key, headers: { "Tus-Resumable": "1.0.0" } });
  }
  expect(await refusalOf(await create(ended.key, 1))).toEqual([429, "too_many_ended_uploads"]);
});

test("of uploads that begin at the same moment none gets past a quota, and nothing of the refused is left", async () => {
  const { producerId, key } = await aProducer({ bytes_stored: 1000 });
  const answers = await Promise.all(Array.from({ length: 6 }, () => create(key, 400)));
  const made = answers.filter(({ status }) => status === 201).length;
  expect(made).toBeLessThanOrEqual(2);
  const rows = await db.select().from(uploads).where(eq(uploads.producerId, producerId));
  expect(rows).toHaveLength(made);
});

test("an upload whose length comes later stops at the quota", async () => {
  const { key } = await aProducer({ bytes_stored: 1000 });
  const path = (await create(key, null)).headers.get("Location") ?? "";
  const patch = (offset: number, bytes: number, more: Record<string, string> = {}) =>
    send(path, {
      ...{ method: "PATCH", key, body: new Uint8Array(bytes) },
      headers: {
        ...{ "Tus-Resumable": "1.0.0", "Upload-Offset": String(offset), ...more },
        "Content-Type": "application/offset+octet-stream",
      },
    });
  expect((await patch(0, 900)).status).toBe(204);
  expect((await patch(900, 600)).status).toBe(204); // it ended beyond, by one request at most
  expect(await refusalOf(await patch(1500, 10))).toEqual([403, "storage_quota_exceeded"]);

  const other = await aProducer({ bytes_stored: 1000 });
  const named = (await create(other.key, null)).headers.get("Location") ?? "";
  const refused = await send(named, {
    ...{ method: "PATCH", key: other.key, body: new Uint8Array(1) },
    headers: {
      ...{ "Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Upload-Length": "2000" },
      "Content-Type": "application/offset+octet-stream",
    },
  });
  expect(await refusalOf(refused)).toEqual([403, "storage_quota_exceeded"]);
});

test("who has as much open work as allowed can add none by any door", async () => {
  const { producerId, key } = await aProducer({ open_tasks: 2 });
  const film = await seedFilm(env, { producerId });
  await db.update(assets).set({ work: "open" }).where(eq(assets.id, film.assetId));
  await db.insert(tasks).values(
    [0, 1].map((ordinal) => ({
      ...{
        id: `${film.assetId}.${ordinal}`,
        assetId: film.assetId,
        kind: "video" as const,
        ordinal,
        stage: 5,
      },
      ...{ priority: 1, status: "pending" as const, spec: {} },
    })),
  );
  const failed = await seedFilm(env, { producerId, status: "errored" });
  await db.update(assets).set({ work: "failed" }).where(eq(assets.id, failed.assetId));
  const refused = await create(key, 1);
  expect(refused.headers.get("Retry-After")).toBe("300");
  expect(await refusalOf(refused)).toEqual([429, "too_much_open_work"]);
  const again = await send(`/v1/assets/${failed.assetId}/retry`, { method: "POST", key });
  expect(await refusalOf(again)).toEqual([429, "too_much_open_work"]);
  const encode = await send(`/v1/assets/${failed.assetId}/encode`, { key, body: { codecs: ["h264"] } });
  expect(await refusalOf(encode)).toEqual([429, "too_much_open_work"]);
  await db.update(tasks).set({ status: "done" }).where(eq(tasks.assetId, film.assetId));
  expect((await create(key, 1)).status).toBe(201);
});

test("a policy keeps its newest versions, the same document is none, and all together have an end", async () => {
  const { producerId, key } = await aProducer({ policy_versions: 3, policy_bytes: 4000 });
  const { titleId } = await seedFilm(env, { producerId });
  const put = async (name: string, id = titleId) =>
    await send(`/v1/titles/${id}/policy`, {
      ...{ method: "PUT", key, headers: { "If-Match": "*" }, body: { rules: [{ name, deny: true }] } },
    });
  const versions = async () =>
    (await db.select().from(policyVersions).where(eq(policyVersions.scope, titleId))).map(
      ({ version }) => version,
    );
  expect((await put("a")).headers.get("ETag")).toBe('"1"');
  for (let n = 0; n < 5; n++) expect((await put("a")).headers.get("ETag")).toBe('"1"');
  expect(await versions()).toEqual([1]);
  for (const name of ["b", "c", "d", "e"]) expect((await put(name)).status).toBe(200);
  expect(await versions()).toEqual([3, 4, 5]);

  // Beyond half of the bytes each title keeps two, and beyond all of them nothing is added.
  const long = "x".repeat(60);
  const others = [];
  for (let n = 0; n < 45; n++) others.push((await seedFilm(env, { producerId })).titleId);
  const answers = [];
  for (const id of others) answers.push(await put(long, id));
  const refused = answers.find(({ status }) => status !== 200);
  if (refused === undefined) throw new Error("none was refused");
  expect(await refusalOf(refused)).toEqual([403, "policy_quota_exceeded"]);
  expect((await accountOf(key)).quotas.policy_bytes.used).toBeLessThanOrEqual(4000);
  // A shorter one in the place of a longer one always has room.
  expect((await put("s", others[0])).status).toBe(200);
  await put("y");
  expect(await versions()).toHaveLength(2);
});

test("of more sign-ins than allowed the oldest end", async () => {
  const { producerId, key } = await aProducer({ sessions: 2 });
  for (let n = 0; n < 4; n++) {
    await db
      .update(sessions)
      .set({ expiresAt: Date.now() + 1000 + n })
      .where(eq(sessions.producerId, producerId));
    const answer = await send("/studio/sign-in", {
      ...{ method: "POST", body: new URLSearchParams({ key }) },
      headers: { "Sec-Fetch-Site": "same-origin" },
    });
    expect(answer.status).toBe(303);
  }
  expect(await db.select().from(sessions).where(eq(sessions.producerId, producerId))).toHaveLength(2);
  const page = await send("/studio/sign-in", {
    ...{ method: "POST", body: new URLSearchParams({ key, next: "/studio/account" }) },
    headers: { "Sec-Fetch-Site": "same-origin" },
  });
  expect(page.headers.get("Location")).toBe("/studio/account");
  const html = await send("/studio/account", {
    headers: { Cookie: page.headers.get("Set-Cookie")?.split(";")[0] ?? "" },
  });
  expect(await html.text()).toContain("Sign-ins to the studio");
});

test("keys that are added and revoked again and again have an end", async () => {
  const { producerId, key } = await aProducer();
  await env.DB.prepare(
    `insert into signing_keys (kid, producer_id, api_key_id, name, public_key, change, created_at, revoked_at)
     with recursive n(i) as (select 1 union all select i + 1 from n where i < 200)
     select ? || i, ?, 'key_1', '', 'x', (select coalesce(max(change), 0) from signing_keys) + i, 0, 1 from n`,
  )
    .bind(newId("signingKey"), producerId)
    .run();
  const refused = await send("/v1/signing-keys", { key, body: {} });
  expect(await refusalOf(refused)).toEqual([409, "too_many_signing_keys"]);
});
