/**
 * `/v1/keys`: a producer's own API keys; `/v1/ops/producers/{id}/keys`: any producer's, for operators. A key that is revoked ends at
 * once, with its studio sessions and the signing keys that were added with it.
 */
import { type Context, Hono } from "hono";
import { z } from "zod";
import { type ProducerEnv, requireProducer } from "../../http/authenticate.ts";
import { logEvent } from "../../http/log-event.ts";
import { parseBody } from "../../http/parse-body.ts";
import { Problem, problemResponse } from "../../http/problem.ts";
import { publishKeys } from "../../publisher/publish-keys.ts";
import { isPlainText } from "../../shared/readable-text.ts";
import { type KeyRow, listKeys, makeKey, maxKeys, maxMadeADay } from "./key-store.ts";
import { revokeKey } from "./revoke-key.ts";

/** The name by which people know a key; it may be left out. */
export const keyName = z
  .string()
  .trim()
  .max(100, "may have at most 100 characters")
  .refine(isPlainText, "must not have control characters or halves of characters")
  .default("");

const creation = z.strictObject({ name: keyName });

function keysOf(producerOf: (c: Context<ProducerEnv>) => string): Hono<ProducerEnv> {
  const api = new Hono<ProducerEnv>();

  api.get("/", async (c) => {
    const rows = await listKeys(c.env, producerOf(c));
    return c.json({ keys: rows.map((row) => describeKey(row, c.var.keyId)) });
  });

  api.post("/", async (c) => {
    const producerId = producerOf(c);
    const { name } = await parseBody(c, creation);
    const made = await makeKey(c.env, { producerId, name, madeBy: c.var.keyId }, Date.now());
    if ("refused" in made) throw refusals[made.refused]();
    const { row, key } = made;
    logEvent("key_made", { producer: producerId, key: row.id, by: c.var.keyId });
    // Shown this once: its hash alone is stored.
    return c.json({ ...describeKey(row, c.var.keyId), key }, 201);
  });

  api.delete("/:id", async (c) => {
    const producerId = producerOf(c);
    const keyId = c.req.param("id");
    const withMade = c.req.query("made_with_it") === "true";
    // Others' last keys are an operator's to end, who can make them another.
    const mayBeLast = producerId !== c.var.producerId;
    const outcome = await revokeKey(c.env, { producerId, keyId, withMade, mayBeLast }, Date.now());
    if (outcome === "absent") throw notFound();
    if (outcome === "last") {
      throw new Problem(
        409,
        "last_key",
        "This is your last key in force; without it you could not come in again. Make another first: POST /v1/keys.",
      );
    }
    logEvent("key_revoked", { producer: producerId, key: keyId, by: c.var.keyId, with_made: withMade });
    await publishKeys(c.env, Date.now());
    return c.body(null, 204);
  });

  return api;
}

/** Mounted at `/v1/keys`. Other producers' keys do not exist here (404 `key_not_found`). */
export const keysApi = new Hono<ProducerEnv>();
keysApi.onError(problemResponse);
keysApi.use(requireProducer);
keysApi.route(
  "/",
  keysOf((c) => c.var.producerId),
);

/** Mounted at `/v1/ops/producers/{producer}/keys`. */
export const producerKeysApi = keysOf((c) => c.req.param("producer") ?? "");

/** A key as JSON; times are ISO 8601 (UTC). `last_used_at` is the beginning of an hour; `is_this`: the request came with it. */
export function describeKey(row: KeyRow, usedKeyId: string) {
  const time = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  return {
    id: row.id,
    name: row.name,
    created_at: new Date(row.createdAt).toISOString(),
    made_by: row.madeBy,
    last_used_at: time(row.lastUsedAt),
    revoked_at: time(row.revokedAt),
    is_this: row.id === usedKeyId,
  };
}

function notFound(): Problem {
  return new Problem(404, "key_not_found", "There is no such key. The list of keys has them all.");
}

const refusals = {
  too_many: () =>
    new Problem(
      409,
      "too_many_keys",
      `At most ${maxKeys} keys may be in force, and ${maxMadeADay} be made in a day. Revoke one that nobody uses any more.`,
    ),
  no_producer: () =>
    new Problem(404, "producer_not_found", "There is no such producer. `GET /v1/ops/keys` names them."),
  maker_revoked: () => new Problem(401, "unauthenticated", "Your key was revoked just now. Use another one."),
};
