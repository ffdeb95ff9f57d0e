/** Brings back from the second media bucket (MEDIA_COPY), where one is bound, what the first has lost or holds otherwise. */
import { sha256Hex } from "../../shared/digest.ts";
import { type Ledger, objectsOf } from "../storage/ledger.ts";
import type { ListedObject } from "../storage/list-objects.ts";

/** Objects that are brought back at a time: a Worker has six connections, and a copy takes two. */
const atOnce = 3;

type Buckets = Pick<Env, "MEDIA" | "MEDIA_COPY">;

/**
 * Copies back the objects of a rendition that differ from its ledger, where the second bucket has exactly the ledger's bytes.
 *
 * @param folder of the rendition, in both buckets
 * @param listed what the first bucket lists in the folder
 * @returns what it lists now; the rest has to be made again
 */
export async function healFromCopy(
  env: Buckets,
  folder: string,
  ledger: Ledger,
  listed: ReadonlyMap<string, ListedObject>,
): Promise<ReadonlyMap<string, ListedObject>> {
  const copy = env.MEDIA_COPY;
  if (copy === undefined) return listed;
  const lost = objectsOf(ledger).filter(({ file, bytes, md5 }) => {
    const there = listed.get(file);
    return there?.bytes !== bytes || there.md5 !== md5;
  });
  if (lost.length === 0) return listed;
  const healed = new Map(listed);
  for (let n = 0; n < lost.length; n += atOnce) {
    await Promise.all(
      lost.slice(n, n + atOnce).map(async ({ file, bytes, md5 }) => {
        const object = await copy.get(folder + file);
        if (object === null || object.size !== bytes || object.etag !== md5) return;
        await putBack(env.MEDIA, object);
        healed.set(file, { bytes, md5 });
        console.warn("brought back from the second media bucket", folder + file);
      }),
    );
  }
  return healed;
}

/** The text of a rendition's ledger with this digest, from the first bucket or else from the second; null: neither has it. */
export async function readLedgerText(env: Buckets, folder: string, rootHash: string): Promise<string | null> {
  const key = `${folder}ledger.json`;
  const text = await (await env.MEDIA.get(key))?.text();
  if (text !== undefined && (await sha256Hex(text)) === rootHash) return text;
  const copied = await env.MEDIA_COPY?.get(key);
  const other = await copied?.text();
  if (other === undefined || (await sha256Hex(other)) !== rootHash) return null;
  await env.MEDIA.put(
    key,
    other,
    copied?.httpMetadata === undefined ? {} : { httpMetadata: copied.httpMetadata },
  );
  return other;
}

async function putBack(media: R2Bucket, object: R2ObjectBody): Promise<void> {
  const { key, httpMetadata = {}, customMetadata = {} } = object;
  await media.put(key, object.body, { httpMetadata, customMetadata });
}
