/** The local producer: one random key per state folder, so that a copy of the folder keeps working. */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Makes an API key. It lets its holder upload as its producer; only its SHA-256 is stored in the database. */
export function newProducerKey(): string {
  return `mqk_${randomBytes(24).toString("base64url")}`;
}

/** The producer key of a state folder, made at its first start. */
export function localProducerKey(state: string): string {
  const file = path.join(state, "producer-key");
  if (existsSync(file)) {
    const key = readFileSync(file, "utf8").trim();
    if (/^mqk_[\w-]{8,}$/.test(key)) return key;
  }
  const key = newProducerKey();
  mkdirSync(state, { recursive: true });
  writeFileSync(file, `${key}\n`, { mode: 0o600 });
  return key;
}

/** SQL that makes the producer and their key; running it again changes nothing else. `now` in Unix milliseconds. */
export function seedProducerSql(
  producer: { id: string; name: string; key: string; isOperator: boolean },
  now: number,
): string {
  const hash = createHash("sha256").update(producer.key).digest("hex");
  const text = (value: string) => `'${value.replaceAll("'", "''")}'`;
  return [
    `INSERT INTO producers (id, name, is_operator, created_at) VALUES (${text(producer.id)}, ${text(producer.name)}, ${Number(producer.isOperator)}, ${now}) ON CONFLICT DO UPDATE SET is_operator = excluded.is_operator;`,
    `INSERT INTO api_keys (id, producer_id, name, key_hash, created_at) VALUES (${text(`key_${hash.slice(0, 20)}`)}, ${text(producer.id)}, 'first key', '${hash}', ${now}) ON CONFLICT DO NOTHING;`,
  ].join(" ");
}
