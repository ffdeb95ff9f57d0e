/** Writers that overtake each other in a row before one gives up; what it had to write comes again with its changes. */
const maxTries = 10;

/**
 * Writes an object by compare-and-set on its etag: `make` gets the text that is there (null: none) and gives the new one, from
 * what it reads *after* that. So an older state never replaces a newer one, however many write at the same time.
 *
 * @param make null: leave it as it is
 * @returns false when it was left as it is
 * @throws Error when others were faster each time
 */
export async function replaceObject(
  bucket: R2Bucket,
  key: string,
  make: (before: string | null) => Promise<string | null>,
): Promise<boolean> {
  for (let tries = 0; tries < maxTries; tries++) {
    const found = await bucket.get(key);
    const before = found === null ? null : await found.text();
    const after = await make(before);
    if (after === null || after === before) return false;
    const written = await bucket.put(key, after, {
      onlyIf: found === null ? { etagDoesNotMatch: "*" } : { etagMatches: found.etag },
      httpMetadata: { contentType: "application/json" },
    });
    if (written !== null) return true;
  }
  throw new Error(`${key} was written by others each time.`);
}
