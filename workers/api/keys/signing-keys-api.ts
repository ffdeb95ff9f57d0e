/**
 * `/v1/signing-keys`: the keys with which a producer signs playback tokens for their own films;
 * `/v1/ops/producers/{id}/signing-keys`: any producer's, for operators, who see and revoke them.
 */
import { type Context, Hono } from "hono";
import { z } from "zod";
import { type ProducerEnv, requireProducer } from "../../http/authenticate.ts";
import { logEvent } from "../../http/log-event.ts";
import { parseBody } from "../../http/parse-body.ts";
import { Problem, problemResponse } from "../../http/problem.ts";
import { publicKeySchema, readPublicKey } from "../../playback/tokens/read-public-key.ts";
import {
  addSigningKey,
  countSigningKeys,
  listSigningKeys,
  mostKeptKeys,
  revokeSigningKey,
  type SigningKeyRow,
} from "../../playback/tokens/signing-key-store.ts";
import { publishKeys } from "../../publisher/publish-keys.ts";
import { keyName } from "./keys-api.ts";

const creation = z.strictObject({
  name: keyName,
  public_key: publicKeySchema.exactOptional(),
});

/** Mounted at `/v1/signing-keys`. Other producers' keys do not exist here (404 `signing_key_not_found`). */
export const signingKeysApi = new Hono<ProducerEnv>();
signingKeysApi.onError(problemResponse);
signingKeysApi.use(requireProducer);

signingKeysApi.post("/", async (c) => {
  const { name, public_key: given } = await parseBody(c, creation);
  const made = given === undefined ? await makePair() : null;
  const publicKey = made?.x ?? (given === undefined ? "" : await readPublicKey(given));
  const row = await addSigningKey(c.env, c.var, { name, publicKey }, Date.now());
  if (row === null) throw tooMany(await countSigningKeys(c.env, c.var.producerId));
  logEvent("key_made", { producer: c.var.producerId, key: row.kid, by: c.var.keyId });
  await publishKeys(c.env, Date.now());
  // Shown this once: it is stored nowhere.
  const privateKey = made === null ? {} : { private_key: { ...jwkOf(row), d: made.d } };
  return c.json({ ...describe(row), ...privateKey }, 201);
});

signingKeysApi.get("/", (c) => list(c, c.var.producerId));

signingKeysApi.delete("/:kid", (c) => revoke(c, c.var.producerId, c.req.param("kid")));

/** Mounted at `/v1/ops/producers/{producer}/signing-keys`. */
export const producerSigningKeysApi = new Hono<ProducerEnv>();

producerSigningKeysApi.get("/", (c) => list(c, c.req.param("producer") ?? ""));

producerSigningKeysApi.delete("/:kid", (c) => revoke(c, c.req.param("producer") ?? "", c.req.param("kid")));

async function list(c: Context<ProducerEnv>, producerId: string): Promise<Response> {
  return c.json({ signing_keys: (await listSigningKeys(c.env, producerId)).map(describe) });
}

async function revoke(c: Context<ProducerEnv>, producerId: string, kid: string): Promise<Response> {
  if (!(await revokeSigningKey(c.env, producerId, kid, Date.now()))) {
    throw new Problem(
      404,
      "signing_key_not_found",
      "There is no such signing key. The list of signing keys has them all.",
    );
  }
  logEvent("key_revoked", { producer: producerId, key: kid, by: c.var.keyId });
  await publishKeys(c.env, Date.now());
  return c.body(null, 204);
}

function tooMany(inForce: number): Problem {
  return new Problem(
    409,
    "too_many_signing_keys",
    `You have ${inForce} keys in force, and ${mostKeptKeys} with those revoked within a month are the most. Revoke one that you don't use (DELETE /v1/signing-keys/{kid}), or wait until revoked ones are gone.`,
  );
}

async function makePair(): Promise<{ x: string; d: string }> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new Error("Ed25519 gave no key pair");
  const jwk = await crypto.subtle.exportKey("jwk", pair.privateKey);
  return z.object({ x: z.string(), d: z.string() }).parse(jwk);
}

/** The public key as a JWK (RFC 8037 §2), with what a signer must write into a token's header. */
function jwkOf({ kid, publicKey }: SigningKeyRow) {
  return { kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig", kid, x: publicKey };
}

/** Times are ISO 8601 (UTC); `revoked_at` is null while the key is in force. */
function describe(row: SigningKeyRow) {
  return {
    kid: row.kid,
    name: row.name,
    public_key: jwkOf(row),
    made_by: row.apiKeyId,
    created_at: new Date(row.createdAt).toISOString(),
    revoked_at: row.revokedAt === null ? null : new Date(row.revokedAt).toISOString(),
  };
}
