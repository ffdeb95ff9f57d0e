/**
 * The producers' keys, as they are published at the edge: all in force at once, so a token with a made-up `kid` costs no read,
 * however many come. A revocation is everywhere 15 s after it was published.
 */
import { Problem } from "../../http/problem.ts";
import { BoundedMap } from "../../shared/bounded-map.ts";
import type { KeysDocument } from "../published/documents.ts";
import { readKeys } from "../published/published.ts";
import { importEd25519, type SignatureKey } from "./signature-key.ts";

/** Keys imported in one isolate; others are imported again when they are used. */
const maxImported = 5000;

const rings = new WeakMap<KeysDocument, ReadonlyMap<string, { producerId: string; publicKey: string }>>();

/** By kid and key, so that a new list of keys doesn't cost the imported ones. */
const imported = new BoundedMap<string, SignatureKey>(maxImported);

/**
 * The producer's key with this `kid` at `now` (Unix milliseconds); null when there is none, or it was revoked.
 * @throws Problem 503 `keys_unavailable` when the keys can't be read and the held ones are too old.
 */
export async function findProducerKey(kid: string, now: number): Promise<SignatureKey | null> {
  const document = await readKeys(now).catch((error: unknown) => {
    if (error instanceof Problem) throw keysUnavailable();
    throw error;
  });
  const found = document === null ? undefined : ringOf(document).get(kid);
  if (found === undefined) return null;
  const { producerId, publicKey } = found;
  const name = `${kid} ${producerId} ${publicKey}`;
  const known = imported.get(name);
  if (known !== undefined) return known;
  const verifier = await importEd25519(publicKey);
  if (verifier === null) return null;
  const key: SignatureKey = { kid, algorithm: "EdDSA", verifier, signer: null, producerId };
  imported.set(name, key);
  return key;
}

function ringOf(document: KeysDocument) {
  const known = rings.get(document);
  if (known !== undefined) return known;
  const ring = new Map(document.keys.map(([kid, producerId, publicKey]) => [kid, { producerId, publicKey }]));
  rings.set(document, ring);
  return ring;
}

function keysUnavailable(): Problem {
  return new Problem(503, "keys_unavailable", "This playback URL could not be checked just now. Try again.", {
    headers: { "Retry-After": "1" },
  });
}
