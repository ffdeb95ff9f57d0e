/** Producers' signing keys, from making one to a film that plays, and no longer plays. */
import { env, exports } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { send } from "../../../test/support/http.ts";
import { publishService } from "../../../test/support/publish.ts";
import { publishHere } from "../../../test/support/publish-here.ts";
import { seedProducer } from "../../../test/support/seed-producer.ts";
import { type SeededTitle, seededKeys, seedTitle } from "../../../test/support/seed-title.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, signingKeys, titles } from "../../catalog/schema.ts";

const db = openDatabase(env);

/** Time after which a published change is everywhere, ms. */
const everywhereMs = 15_000;

const segment = `${seededKeys.video720}/seg-00000.m4s`;

interface Made {
  kid: string;
  name: string;
  public_key: { x: string };
  private_key?: JsonWebKey;
  created_at: string;
  revoked_at: string | null;
}

let producer: { producerId: string; key: string; keyId: string };
let stranger: { producerId: string; key: string };
let film: SeededTitle;

beforeAll(async () => {
  producer = await seedProducer(env);
  stranger = await seedProducer(env);
  film = await filmOf(producer.producerId);
});

afterEach(() => {
  vi.useRealTimers();
});

async function filmOf(producerId: string): Promise<SeededTitle> {
  const seeded = await seedTitle(env);
  await db.batch([
    db.update(titles).set({ producerId }).where(eq(titles.id, seeded.titleId)),
    db.update(assets).set({ producerId }).where(eq(assets.id, seeded.assetId)),
  ]);
  await publishHere(env, { titleIds: [seeded.titleId] });
  return seeded;
}

const call = (method: string, path = "", body?: unknown, key = producer.key) =>
  send(`/v1/signing-keys${path}`, { method, body, key });

async function make(body: unknown = {}, key = producer.key): Promise<Made> {
  const response = await call("POST", "", body, key);
  expect(response.status).toBe(201);
  expect(response.headers.get("Cache-Control")).toBe("no-store");
  return await response.json<Made>();
}

async function code(response: Response): Promise<[number, string]> {
  return [response.status, (await response.json<{ code: string }>()).code];
}

function base64url(data: string | Uint8Array): string {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Signs as a producer's own program would: from the JWK alone, with nothing of ours. */
async function sign(
  privateKey: JsonWebKey,
  kid: string,
  claims: object = {},
  alg = "EdDSA",
): Promise<string> {
  const key = await crypto.subtle.importKey("jwk", privateKey, "Ed25519", false, ["sign"]);
  const iat = Math.floor(Date.now() / 1000);
  const payload = { aud: "marquee-playback", asset: film.assetId, iat, exp: iat + 3600, ...claims };
  const signed = `${base64url(JSON.stringify({ alg, kid }))}.${base64url(JSON.stringify(payload))}`;
  const signature = await crypto.subtle.sign("Ed25519", key, new TextEncoder().encode(signed));
  return `${signed}.${base64url(new Uint8Array(signature))}`;
}

async function play(token: string, headers: HeadersInit = {}, country = "DE"): Promise<string> {
  const url = `http://marquee.test/v/${token}/${segment}`;
  const response = await exports.default.fetch(new Request(url, { headers, cf: { country } }));
  if (response.ok) {
    await response.body?.cancel();
    return "plays";
  }
  return (await code(response)).join(" ");
}

test("a key that we make signs tokens that play, under both names of its algorithm", async () => {
  const made = await make({ name: "  Partner's website " });
  expect(made).toMatchObject({ name: "Partner's website", revoked_at: null });
  const { private_key: privateKey, kid } = made;
  if (privateKey === undefined) throw new Error("no private key");
  expect(await play(await sign(privateKey, kid))).toBe("plays");
  expect(await play(await sign(privateKey, kid, {}, "Ed25519"))).toBe("plays");
  expect(await play(await sign(privateKey, kid, { title: film.titleId }))).toBe("plays");
  expect(await play(await sign(privateKey, kid, { title: "ttl_other" }))).toBe("403 token_foreign");
  expect(await play(await sign(privateKey, kid, {}, "HS256"))).toBe("403 token_forged");
  expect(await play(await sign(privateKey, kid, {}, "none"))).toBe("403 token_forged");
  const list = await (await call("GET")).json<{ signing_keys: Made[] }>();
  expect(list.signing_keys.find((one) => one.kid === kid)).toEqual({
    kid,
    name: made.name,
    public_key: made.public_key,
    made_by: producer.keyId,
    created_at: made.created_at,
    revoked_at: null,
  });
  expect(JSON.stringify(list)).not.toContain(String(privateKey["d" as keyof JsonWebKey]));
  const rows = await db.select().from(signingKeys);
  expect(JSON.stringify(rows)).not.toContain(String(privateKey["d" as keyof JsonWebKey]));
});

test("a public key that a producer gives works too, as JWK and as PEM", async () => {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new Error("no pair");
  const { kty, crv, x } = (await crypto.subtle.exportKey("jwk", pair.publicKey)) as JsonWebKey & {
    x: string;
  };
  const spki = (await crypto.subtle.exportKey("spki", pair.publicKey)) as ArrayBuffer;
  const privateJwk = (await crypto.subtle.exportKey("jwk", pair.privateKey)) as JsonWebKey;
  const pem = `-----BEGIN PUBLIC KEY-----\n${new Uint8Array(spki).toBase64()}\n-----END PUBLIC KEY-----\n`;
  for (const public_key of [{ kty, crv, x }, pem]) {
    const made = await make({ public_key });
    expect(made.public_key.x).toBe(x);
    expect(made).not.toHaveProperty("private_key");
    expect(await play(await sign(privateJwk, made.kid))).toBe("plays");
  }
});

test("a producer's key opens their films only", async () => {
  const { private_key: privateKey, kid } = await make({}, stranger.key);
  if (privateKey === undefined) throw new Error("no private key");
  expect(await play(await sign(privateKey, kid))).toBe("403 token_foreign");
  const own = await filmOf(stranger.producerId);
  expect(await play(await sign(privateKey, kid, { asset: own.assetId }))).toBe("plays");
});

test("tokens are bound to countries, networks and pages", async () => {
  const { private_key: privateKey, kid } = await make();
  if (privateKey === undefined) throw new Error("no private key");
  const german = await sign(privateKey, kid, { countries: ["DE"] });
  expect(await play(german)).toBe("plays");
  expect(await play(german, {}, "FR")).toBe("403 token_country");
  expect(await play(german, {}, "XX")).toBe("403 token_country_unknown");
  expect(await play(german, {}, "T1")).toBe("403 token_country_unknown");
  const home = await sign(privateKey, kid, { ip: "2001:db8::/48" });
  expect(await play(home, { "CF-Connecting-IP": "2001:db8:0:7::1" })).toBe("plays");
  expect(await play(home, { "CF-Connecting-IP": "2001:db8:1::1" })).toBe("403 token_network");
  const page = await sign(privateKey, kid, { origins: ["https://partner.test"] });
  expect(await play(page, { Origin: "https://partner.test" })).toBe("plays");
  expect(await play(page, { Origin: "https://evil.test" })).toBe("403 token_origin");
  const day = Math.floor(Date.now() / 1000) + 25 * 3600;
  expect(await play(await sign(privateKey, kid, { exp: day }))).toBe("403 token_too_long_lived");
  expect(await play(await sign(privateKey, kid, { exp: 1, iat: 0 }))).toBe("403 token_expired");
  expect(await play(await sign(privateKey, kid, { maxHeight: 720 }))).toBe("403 token_claims_invalid");
});

test("a token that only pages of one origin may use can be read by them only", async () => {
  const { private_key: privateKey, kid } = await make();
  if (privateKey === undefined) throw new Error("no private key");
  const token = await sign(privateKey, kid, { origins: ["https://partner.test", "https://*.partner.test"] });
  for (const origin of ["https://partner.test", "https://m.partner.test"]) {
    const url = `http://marquee.test/v/${token}/${segment}`;
    const response = await exports.default.fetch(new Request(url, { headers: { Origin: origin } }));
    await response.body?.cancel();
    expect(response.headers.get("Access-Control-Allow-Origin")).toBe(origin);
    expect(response.headers.get("Vary")).toContain("Origin");
  }
});

test("a revocation counts at once where it was made, and elsewhere within 15 seconds", async () => {
  const here = await make();
  const elsewhere = await make();
  if (here.private_key === undefined || elsewhere.private_key === undefined)
    throw new Error("no private key");
  const tokens = [
    await sign(here.private_key, here.kid),
    await sign(elsewhere.private_key, elsewhere.kid),
  ] as const;
  expect([await play(tokens[0]), await play(tokens[1])]).toEqual(["plays", "plays"]);
  expect((await call("DELETE", `/${here.kid}`)).status).toBe(204);
  expect(await play(tokens[0])).toBe("403 token_key_unknown");
  expect(await play(tokens[1])).toBe("plays");

  // As another isolate sees it: the row has changed, and nobody told this one.
  const change = (await db.select().from(signingKeys)).length + 1000;
  await db
    .update(signingKeys)
    .set({ revokedAt: Date.now(), change })
    .where(eq(signingKeys.kid, elsewhere.kid));
  await publishService(env);
  expect(await play(tokens[1])).toBe("plays");
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + everywhereMs });
  expect(await play(tokens[1])).toBe("403 token_key_unknown");
  vi.useRealTimers();

  expect((await call("DELETE", `/${here.kid}`)).status).toBe(204);
  const list = await (await call("GET")).json<{ signing_keys: Made[] }>();
  expect(list.signing_keys.find(({ kid }) => kid === here.kid)?.revoked_at).not.toBeNull();
});

test("a key that was made elsewhere counts within 15 seconds too", async () => {
  const { private_key: privateKey, public_key: publicKey, kid } = await make();
  if (privateKey === undefined) throw new Error("no private key");
  expect(await play(await sign(privateKey, kid))).toBe("plays");
  const later = "sgk_0123456789abcdefghjk";
  const token = await sign(privateKey, later);
  expect(await play(token)).toBe("403 token_key_unknown");
  await db.insert(signingKeys).values({
    kid: later,
    producerId: producer.producerId,
    apiKeyId: producer.keyId,
    name: "",
    publicKey: publicKey.x,
    change: 5000,
    createdAt: 0,
  });
  await publishService(env);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + everywhereMs });
  expect(await play(token)).toBe("plays");
});

test("a flood of made-up kids costs one read of the feed, whatever they are, and none of the database", async () => {
  const { private_key: privateKey, kid } = await make();
  if (privateKey === undefined) throw new Error("no private key");
  expect(await play(await sign(privateKey, kid))).toBe("plays");
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + everywhereMs });
  const batch = vi.spyOn(env.DB, "batch");
  const read = vi.spyOn(env.MEDIA, "get");
  for (let n = 0; n < 200; n++) {
    const made = `sgk_${String(n).padStart(20, "0")}`;
    expect(await play(await sign(privateKey, made))).toBe("403 token_key_unknown");
  }
  expect(batch).not.toHaveBeenCalled();
  expect(read.mock.calls.map(([key]) => key)).toEqual(["edge/feed.json"]);
  batch.mockRestore();
  read.mockRestore();
});

test("a producer has ten keys at most, also when they come all at once", async () => {
  const { key } = await seedProducer(env);
  const answers = await Promise.all(Array.from({ length: 14 }, () => call("POST", "", {}, key)));
  const made = answers.filter(({ status }) => status === 201);
  expect(made.length).toBe(10);
  const refused = answers.find(({ status }) => status !== 201);
  if (refused === undefined || made[0] === undefined) throw new Error("none refused");
  expect(await code(refused)).toEqual([409, "too_many_signing_keys"]);
  const { kid } = await made[0].json<Made>();
  expect((await call("DELETE", `/${kid}`, undefined, key)).status).toBe(204);
  expect((await call("POST", "", {}, key)).status).toBe(201);
});

test("other producers' keys do not exist", async () => {
  const { kid } = await make();
  expect(await code(await call("DELETE", `/${kid}`, undefined, stranger.key))).toEqual([
    404,
    "signing_key_not_found",
  ]);
  const list = await (await call("GET", "", undefined, stranger.key)).json<{ signing_keys: Made[] }>();
  expect(list.signing_keys.map((one) => one.kid)).not.toContain(kid);
  const request = new Request("http://marquee.test/v1/signing-keys", { method: "POST", body: "{}" });
  expect((await exports.default.fetch(request)).status).toBe(401);
});

test.each([
  [
    "a private JWK",
    { kty: "OKP", crv: "Ed25519", x: "A".repeat(43), d: "A".repeat(43) },
    "private_key_given",
  ],
  ["a secret", { kty: "oct", k: "A".repeat(43) }, "private_key_given"],
  [
    "a private PEM",
    `-----BEGIN ${"PRIVATE"} KEY-----\nAAAA\n-----END ${"PRIVATE"} KEY-----`,
    "private_key_given",
  ],
  ["another curve", { kty: "OKP", crv: "X25519", x: "A".repeat(43) }, "unsupported_key"],
  ["an RSA key", { kty: "RSA", n: "AQAB", e: "AQAB" }, "unsupported_key"],
  ["a point of small order", { kty: "OKP", crv: "Ed25519", x: `AQ${"A".repeat(41)}` }, "unsupported_key"],
  ["its twin", { kty: "OKP", crv: "Ed25519", x: `AQ${"A".repeat(39)}AIA` }, "unsupported_key"],
  ["too few bytes", { kty: "OKP", crv: "Ed25519", x: "AAAA" }, "unsupported_key"],
  ["no base64", { kty: "OKP", crv: "Ed25519", x: "=".repeat(43) }, "unsupported_key"],
  ["text", "a key", "unsupported_key"],
  ["PEM of something else", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "unsupported_key"],
  ["a number", 7, "invalid_input"],
])("%s is refused", async (_what, public_key, expected) => {
  const keys = await seedProducer(env);
  expect(await code(await call("POST", "", { public_key }, keys.key))).toEqual([422, expected]);
});

test("what is not known is refused, not passed over", async () => {
  expect(await code(await call("POST", "", { publicKey: "x" }))).toEqual([422, "invalid_input"]);
  expect(await code(await call("PUT", "", {}))).toEqual([405, "method_not_allowed"]);
});
