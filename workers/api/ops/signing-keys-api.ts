/** `/v1/signing-keys`: the keys with which a producer signs playback tokens for their own films. */
import { Hono } from "hono";
import { z } from "zod";
import { type ProducerEnv, requireProducer } from "../../http/authenticate.ts";
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
import { publishChanges } from "../../publisher/publish-changes.ts";
import { isPlainText } from "../../shared/readable-text.ts";

const creation = z.strictObject({
  name: z
    .string()
    .trim()
    .max(100, "may have at most 100 characters")
    .refine(isPlainText, "must not have control characters or halves of characters")
    .default(""),
  public_key: publicKeySchema.exactOptional(),
});

/** Mounted at `/v1/signing-keys`. Other producers' keys do not exist here (404 `signing_key_not_found`). */
export const signingKeysApi = new Hono<ProducerEnv>();
signingKeysApi.onError(problemResponse);
signingKeysApi.use(requireProducer);
signingKeysApi.use(async (c, next) => {
  await next();
  c.header("Cache-Control", "no-store");
});

signingKeysApi.post("/", async (c) => {
  const { name, public_key: given } = await parseBody(c, creation);
  const made = given === undefined ? await makePair() : null;
  const publicKey = made?.x ?? (given === undefined ? "" : await readPublicKey(given));
  const row = await addSigningKey(c.env, c.var.producerId, { name, publicKey }, Date.now());
  if (row === null) throw tooMany(await countSigningKeys(c.env, c.var.producerId));
  await publishChanges(c.env, Date.now());
  // Shown this once: it is stored nowhere.
  const privateKey = made === null ? {} : { private_key: { ...jwkOf(row), d: made.d } };
  return c.json({ ...describe(row), ...privateKey }, 201);
});

signingKeysApi.get("/", async (c) =>
  c.json({ signing_keys: (await listSigningKeys(c.env, c.var.producerId)).map(describe) }),
);

signingKeysApi.delete("/:kid", async (c) => {
  if (!(await revokeSigningKey(c.env, c.var.producerId, c.req.param("kid"), Date.now()))) {
    throw new Problem(
      404,
      "signing_key_not_found",
      "You have no such signing key. `GET /v1/signing-keys` lists them.",
    );
  }
  await publishChanges(c.env, Date.now());
  return c.body(null, 204);
});

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
    created_at: new Date(row.createdAt).toISOString(),
    revoked_at: row.revokedAt === null ? null : new Date(row.revokedAt).toISOString(),
  };
}
