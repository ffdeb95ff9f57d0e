/** An object as R2 lists it; `md5` is its etag, which R2 makes of a single put's bytes. */
export interface ListedObject {
  bytes: number;
  md5: string;
}

/** All that R2 lists in a folder of MEDIA, by file name. */
export async function listObjects(
  env: Pick<Env, "MEDIA">,
  prefix: string,
): Promise<Map<string, ListedObject>> {
  const listed = new Map<string, ListedObject>();
  let cursor: string | undefined;
  do {
    const page = await env.MEDIA.list(cursor === undefined ? { prefix } : { prefix, cursor });
    for (const { key, size, etag } of page.objects) {
      listed.set(key.slice(prefix.length), { bytes: size, md5: etag });
    }
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return listed;
}
