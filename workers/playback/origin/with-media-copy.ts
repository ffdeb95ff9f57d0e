/**
 * The same bindings, but reads of MEDIA that fail, or find nothing, ask the second media bucket: media objects are immutable
 * and have the same keys there, so that a copy is as good. Without that bucket nothing changes.
 */
export function withMediaCopy(env: Env): Env {
  const copy = env.MEDIA_COPY;
  if (copy === undefined) return env;
  const media = new Proxy(env.MEDIA, {
    get(bucket, name) {
      if (name === "get" || name === "head") return readEither(bucket, copy, name);
      const member: unknown = Reflect.get(bucket, name);
      return typeof member === "function" ? member.bind(bucket) : member;
    },
  });
  return { ...env, MEDIA: media };
}

function readEither(first: R2Bucket, second: R2Bucket, name: "get" | "head") {
  return async (key: string, options?: R2GetOptions): Promise<R2Object | null> => {
    const read = (bucket: R2Bucket) => (name === "head" ? bucket.head(key) : bucket.get(key, options));
    let failure: unknown;
    try {
      const found = await read(first);
      if (found !== null) return found;
    } catch (error) {
      console.warn("the media bucket failed; asking its copy", key, error);
      failure = error;
    }
    const found = await read(second);
    // The copy may not have it yet: then the first bucket's failure is what is true, not that there is nothing.
    if (found === null && failure !== undefined) throw failure;
    return found;
  };
}
