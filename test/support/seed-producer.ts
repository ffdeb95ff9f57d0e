/** A producer with an API key, for tests in workerd. */
import { openDatabase } from "../../workers/catalog/database.ts";
import { apiKeys, producers } from "../../workers/catalog/schema.ts";
import { sha256Hex } from "../../workers/shared/digest.ts";
import { newId } from "../../workers/shared/new-id.ts";

/** @returns the producer's id, a working bearer key of theirs, and that key's id. */
export async function seedProducer(
  env: Pick<Env, "DB">,
  options: { isOperator?: boolean } = {},
): Promise<{ producerId: string; key: string; keyId: string }> {
  const producerId = newId("producer");
  const keyId = newId("apiKey");
  const key = `mqk_${crypto.randomUUID()}`;
  const db = openDatabase(env);
  await db.insert(producers).values({ id: producerId, name: "Test producer", createdAt: 0, ...options });
  await db
    .insert(apiKeys)
    .values({ id: keyId, producerId, name: "test", keyHash: await sha256Hex(key), createdAt: 0 });
  return { producerId, key, keyId };
}
