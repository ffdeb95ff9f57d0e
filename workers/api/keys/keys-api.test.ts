/** API keys from making one to its end, and what ends with it. */
import { env } from "cloudflare:workers";
import { eq, like } from "drizzle-orm";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { refusalOf, send } from "../../../test/support/http.ts";
import { publishHere } from "../../../test/support/publish-here.ts";
import { seedProducer } from "../../../test/support/seed-producer.ts";
import { seededKeys, seedTitle } from "../../../test/support/seed-title.ts";
import { signIn } from "../../../test/support/sign-in.ts";
import { openDatabase } from "../../catalog/database.ts";
import { apiKeys, assets, changes, sessions, signingKeys, titles } from "../../catalog/schema.ts";
import { addSigningKey } from "../../playback/tokens/signing-key-store.ts";
import { publishChanges } from "../../publisher/publish-changes.ts";
import { beginSession } from "../session.ts";
import { makeKey } from "./key-store.ts";
import { revokeKey } from "./revoke-key.ts";

const db = openDatabase(env);

interface Key {
  id: string;
  name: string;
  made_by: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
  is_this: boolean;
  key?: string;
}

interface Holder {
  producerId: string;
  key: string;
  keyId: string;
}

let mine: Holder;
let operator: Holder;

beforeEach(async () => {
  mine = await seedProducer(env);
  operator = await seedProducer(env, { isOperator: true });
});

afterEach(() => {
  vi.useRealTimers();
});

const call = (method: string, path: string, key: string, body?: unknown) =>
  send(`/v1${path}`, { method, key, body });

async function make(key = mine.key, body: unknown = {}, path = "/keys"): Promise<Key & { key: string }> {
  const response = await call("POST", path, key, body);
  expect(response.status).toBe(201);
  return await response.json<Key & { key: string }>();
}

async function list(key = mine.key, path = "/keys"): Promise<Key[]> {
  return (await (await call("GET", path, key)).json<{ keys: Key[] }>()).keys;
}

/** A film of `producerId`, and how an Ed25519 key that was added with `key` opens it. */
async function signer(producerId: string, key: string) {
  const film = await seedTitle(env);
  await db.batch([
    db.update(titles).set({ producerId }).where(eq(titles.id, film.titleId)),
    db.update(assets).set({ producerId }).where(eq(assets.id, film.assetId)),
  ]);
  await publishHere(env, { titleIds: [film.titleId] });
  const added = await call("POST", "/signing-keys", key, {});
  const { kid, private_key } = await added.json<{ kid: string; private_key: JsonWebKey }>();
  const imported = await crypto.subtle.importKey("jwk", private_key, "Ed25519", false, ["sign"]);
  const encode = (data: Uint8Array) => data.toBase64({ alphabet: "base64url", omitPadding: true });
  const part = (value: unknown) => encode(new TextEncoder().encode(JSON.stringify(value)));
  const iat = Math.floor(Date.now() / 1000);
  const claims = { aud: "marquee-playback", asset: film.assetId, iat, exp: iat + 3600 };
  const signed = `${part({ alg: "EdDSA", kid })}.${part(claims)}`;
  const signature = await crypto.subtle.sign("Ed25519", imported, new TextEncoder().encode(signed));
  const url = `/v/${signed}.${encode(new Uint8Array(signature))}/${seededKeys.video720}/seg-00000.m4s`;
  const play = async () => {
    const response = await send(url);
    const said = response.ok ? "plays" : (await refusalOf(response)).join(" ");
    await response.body?.cancel().catch(() => undefined);
    return said;
  };
  return { kid, play };
}

test("a key that is made works, is shown once, and tells who made it", async () => {
  const made = await make(mine.key, { name: "  Ana's laptop " });
  expect(made.key).toMatch(/^mqk_[\w-]{32}$/);
  expect(made).toMatchObject({ name: "Ana's laptop", made_by: mine.keyId, revoked_at: null, is_this: false });
  const seen = await list(made.key);
  expect(seen.map(({ id, is_this }) => [id, is_this])).toEqual([
    [made.id, true],
    [mine.keyId, false],
  ]);
  expect(JSON.stringify(seen)).not.toContain(made.key);
  expect(JSON.stringify(await db.select().from(apiKeys))).not.toContain(made.key);
  for (const body of [{ name: "x".repeat(101) }, { name: "a\u0000b" }, { producer: "prd_1" }]) {
    expect(await refusalOf(await call("POST", "/keys", mine.key, body))).toEqual([422, "invalid_input"]);
  }
});

test("a revoked key ends at once: itself, its sessions, its signing keys and what these signed", async () => {
  const lost = await make();
  const cookie = await signIn(lost.key);
  const { kid, play } = await signer(mine.producerId, lost.key);
  const kept = await signer(mine.producerId, mine.key);
  const keptCookie = await signIn(mine.key);
  const bySession = (path: string, Cookie: string) =>
    send(path, { headers: { Cookie, Accept: "text/html" } });
  expect([(await call("GET", "/assets", lost.key)).status, await play()]).toEqual([200, "plays"]);
  expect((await bySession("/v1/assets", cookie)).status).toBe(200);

  expect((await call("DELETE", `/keys/${lost.id}`, mine.key)).status).toBe(204);

  expect(await refusalOf(await call("GET", "/assets", lost.key))).toEqual([401, "unauthenticated"]);
  expect((await bySession("/v1/assets", cookie)).status).toBe(401);
  expect(await (await bySession("/studio", cookie)).text()).toContain("Producer key");
  const write = { headers: { Cookie: cookie, "Sec-Fetch-Site": "same-origin" }, body: {} };
  expect((await send("/v1/signing-keys", write)).status).toBe(401);
  expect(await play()).toBe("403 token_key_unknown");
  expect(await db.select().from(sessions).where(eq(sessions.apiKeyId, lost.id))).toEqual([]);
  expect(await db.select().from(signingKeys).where(eq(signingKeys.kid, kid)).get()).toMatchObject({
    revokedAt: expect.any(Number),
  });
  // Nothing else ends.
  expect([await kept.play(), (await bySession("/v1/assets", keptCookie)).status]).toEqual(["plays", 200]);
  expect((await call("GET", "/assets", mine.key)).status).toBe(200);
  // A second time it stays as it is.
  const before = await list();
  expect((await call("DELETE", `/keys/${lost.id}`, mine.key)).status).toBe(204);
  expect(await list()).toEqual(before);
});

test("several signing keys of one API key end together", async () => {
  const lost = await make();
  for (let n = 0; n < 3; n++) await call("POST", "/signing-keys", lost.key, {});
  await call("POST", "/signing-keys", mine.key, {});
  expect((await call("DELETE", `/keys/${lost.id}`, mine.key)).status).toBe(204);
  const rows = await db.select().from(signingKeys).where(eq(signingKeys.producerId, mine.producerId));
  expect(
    rows.map(({ apiKeyId, revokedAt }) => [apiKeyId === lost.id, revokedAt !== null]).toSorted(),
  ).toEqual([
    [false, false],
    [true, true],
    [true, true],
    [true, true],
  ]);
});

test("a revocation waits behind no other change", async () => {
  const lost = await make();
  const { play } = await signer(mine.producerId, lost.key);
  expect(await play()).toBe("plays");
  await publishChanges(env, Date.now());
  const flood = Array.from({ length: 600 }, (_, n) => ({ scope: "title" as const, id: `ttl_flood${n}` }));
  for (let n = 0; n < flood.length; n += 40) await db.insert(changes).values(flood.slice(n, n + 40));
  expect((await call("DELETE", `/keys/${lost.id}`, mine.key)).status).toBe(204);
  expect(await play()).toBe("403 token_key_unknown");
  await db.delete(changes);
});

test("what is being made with a key while it is revoked is not made", async () => {
  const lost = await make();
  const by = { producerId: mine.producerId, keyId: lost.id };
  // As if the requests had been let in a moment before.
  await revokeKey(env, { ...by, withMade: false, mayBeLast: false }, Date.now());
  expect(await makeKey(env, { producerId: mine.producerId, name: "", madeBy: lost.id }, 1)).toEqual({
    refused: "maker_revoked",
  });
  expect(await addSigningKey(env, by, { name: "", publicKey: "x" }, 1)).toBeNull();
  expect(await beginSession(env, lost.key, Date.now())).toBeNull();
});

test("keys that a stolen key has made live on, unless they are to end with it", async () => {
  const stolen = await make();
  const child = await make(stolen.key);
  const grandchild = await make(child.key);
  const inForce = async () => (await list()).filter((one) => one.revoked_at === null).map(({ id }) => id);
  expect((await call("DELETE", `/keys/${stolen.id}`, mine.key)).status).toBe(204);
  expect((await inForce()).toSorted()).toEqual([child.id, grandchild.id, mine.keyId].toSorted());
  expect((await call("DELETE", `/keys/${stolen.id}?made_with_it=true`, mine.key)).status).toBe(204);
  expect(await inForce()).toEqual([mine.keyId]);
  expect((await call("GET", "/assets", grandchild.key)).status).toBe(401);
});

test("one's last key in force stays, or nobody could come in again", async () => {
  const other = await make();
  expect((await call("DELETE", `/keys/${mine.keyId}`, mine.key)).status).toBe(204);
  expect(await refusalOf(await call("DELETE", `/keys/${other.id}`, other.key))).toEqual([409, "last_key"]);
  expect((await call("GET", "/assets", other.key)).status).toBe(200);
  // With all that was made with it would be the last too.
  const next = await make(other.key);
  const all = await call("DELETE", `/keys/${other.id}?made_with_it=true`, other.key);
  expect(await refusalOf(all)).toEqual([409, "last_key"]);
  expect((await call("GET", "/assets", next.key)).status).toBe(200);
});

test("others' keys are not there, but for operators, who see, make and end anybody's", async () => {
  const stranger = await seedProducer(env);
  expect(await refusalOf(await call("DELETE", `/keys/${mine.keyId}`, stranger.key))).toEqual([
    404,
    "key_not_found",
  ]);
  const theirs = `/ops/producers/${mine.producerId}/keys`;
  expect(await refusalOf(await call("GET", theirs, stranger.key))).toEqual([403, "not_an_operator"]);
  const made = await make(operator.key, { name: "by hand" }, theirs);
  expect(made.made_by).toBe(operator.keyId);
  expect((await list(operator.key, theirs)).map(({ id }) => id)).toEqual([made.id, mine.keyId]);
  expect((await call("GET", "/assets", made.key)).status).toBe(200);
  for (const id of [made.id, mine.keyId]) {
    expect((await call("DELETE", `${theirs}/${id}`, operator.key)).status).toBe(204);
  }
  expect((await call("GET", "/assets", mine.key)).status).toBe(401);
  // Their own last key they can't end by this way either.
  const own = `/ops/producers/${operator.producerId}/keys/${operator.keyId}`;
  expect(await refusalOf(await call("DELETE", own, operator.key))).toEqual([409, "last_key"]);
  const nobody = await call("POST", "/ops/producers/prd_none/keys", operator.key, {});
  expect(await refusalOf(nobody)).toEqual([404, "producer_not_found"]);
});

test("an operator ends another producer's signing key", async () => {
  const { kid, play } = await signer(mine.producerId, mine.key);
  const theirs = `/ops/producers/${mine.producerId}/signing-keys`;
  const listed = await call("GET", theirs, operator.key);
  expect(await listed.json()).toMatchObject({ signing_keys: [{ kid, made_by: mine.keyId }] });
  expect((await call("DELETE", `${theirs}/${kid}`, operator.key)).status).toBe(204);
  expect(await play()).toBe("403 token_key_unknown");
});

test("an operator's key that is revoked leaves the keys that it made for others", async () => {
  const second = await make(operator.key);
  const made = await make(second.key, {}, `/ops/producers/${mine.producerId}/keys`);
  const path = `/keys/${second.id}?made_with_it=true`;
  expect((await call("DELETE", path, operator.key)).status).toBe(204);
  expect((await call("GET", "/assets", made.key)).status).toBe(200);
});

test("a producer may have fifty keys in force", async () => {
  const keyHash = (n: number) => `${mine.producerId} ${n}`;
  for (let n = 0; n < 49; n++) {
    const row = {
      id: `key_${n}${mine.producerId.slice(4)}`,
      producerId: mine.producerId,
      name: "",
      createdAt: 1,
    };
    await db.insert(apiKeys).values({ ...row, keyHash: keyHash(n) });
  }
  expect(await refusalOf(await call("POST", "/keys", mine.key, {}))).toEqual([409, "too_many_keys"]);
  await db
    .update(apiKeys)
    .set({ revokedAt: 1 })
    .where(eq(apiKeys.keyHash, keyHash(0)));
  expect((await call("POST", "/keys", mine.key, {})).status).toBe(201);
  // Nor may one make and revoke them without end.
  const now = Date.now();
  await db
    .update(apiKeys)
    .set({ revokedAt: 1, createdAt: now })
    .where(like(apiKeys.keyHash, `${mine.producerId} %`));
  for (let n = 49; n < 98; n++) {
    const row = {
      id: `key_${n}${mine.producerId.slice(4)}`,
      producerId: mine.producerId,
      name: "",
      createdAt: now,
    };
    await db.insert(apiKeys).values({ ...row, keyHash: keyHash(n), revokedAt: 1 });
  }
  expect((await call("POST", "/keys", mine.key, {})).status).toBe(201);
  expect(await refusalOf(await call("POST", "/keys", mine.key, {}))).toEqual([409, "too_many_keys"]);
});

test("operators page through everybody's keys, with their owners' names", async () => {
  const seen: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const query: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const page = await call("GET", `/ops/keys?limit=2${query}`, operator.key);
    const body = await page.json<{
      keys: { id: string; producer_name: string }[];
      next_cursor: string | null;
    }>();
    for (const { id, producer_name } of body.keys) {
      expect(producer_name).toBe("Test producer");
      seen.push(id);
    }
    cursor = body.next_cursor;
  }
  expect(seen).toEqual(expect.arrayContaining([mine.keyId, operator.keyId]));
  expect(new Set(seen).size).toBe(seen.length);
});

test("the last use of a key is noted to the hour, once an hour at most, also through the studio", async () => {
  const noon = Date.UTC(2030, 0, 1, 12);
  vi.useFakeTimers({ toFake: ["Date"], now: noon + 59_000 });
  const update = vi.spyOn(env.DB, "prepare");
  const writes = () => update.mock.calls.filter(([text]) => text.includes('"last_used_at" =')).length;
  const used = async () => {
    const row = await db.select().from(apiKeys).where(eq(apiKeys.id, mine.keyId)).get();
    return row?.lastUsedAt ?? null;
  };
  const useMany = async () => {
    await Promise.all(Array.from({ length: 20 }, () => call("GET", "/assets", mine.key)));
  };
  expect(await used()).toBeNull();
  await useMany();
  await vi.waitFor(async () => expect(await used()).toBe(noon));
  await useMany();
  vi.setSystemTime(noon + 3_599_000);
  await useMany();
  const Cookie = await signIn(mine.key);
  expect(await used()).toBe(noon);
  expect(writes()).toBe(1);
  vi.setSystemTime(noon + 3_600_000);
  await send("/studio", { headers: { Cookie } });
  await vi.waitFor(async () => expect(await used()).toBe(noon + 3_600_000));
  expect((await list()).find(({ is_this }) => is_this)?.last_used_at).toBe("2030-01-01T13:00:00.000Z");
  // Noting it is no change that anybody has to be told of.
  const noted = await env.DB.prepare("select count(*) as n from changes where scope = 'api_key' and id = ?")
    .bind(mine.keyId)
    .first<number>("n");
  expect(noted).toBe(1);
});

test("signing in is logged, and so are keys that are made or end; no secret is", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  try {
    const made = await make(mine.key, { name: "Ana" });
    const headers = { "Sec-Fetch-Site": "same-origin", "CF-Connecting-IP": "203.0.113.7" };
    const enter = (key: string) => send("/studio/sign-in", { headers, body: new URLSearchParams({ key }) });
    const cookie = (await enter(made.key)).headers.get("Set-Cookie") ?? "";
    const wrong = "mqk_wrong_wrong_wrong";
    await enter(wrong);
    await call("DELETE", `/keys/${made.id}`, mine.key);
    const lines = log.mock.calls.map(([line]) => String(line));
    const address = "203.0.113.7";
    const producer = mine.producerId;
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { event: "key_made", producer, key: made.id, by: mine.keyId },
      { event: "sign_in", producer, key: made.id, address },
      { event: "sign_in_refused", address },
      { event: "key_revoked", producer, key: made.id, by: mine.keyId, with_made: false },
    ]);
    const token = /=([\w-]{43});/.exec(cookie)?.[1] ?? "none";
    for (const secret of [made.key, mine.key, wrong, token]) expect(lines.join()).not.toContain(secret);
  } finally {
    log.mockRestore();
  }
});
