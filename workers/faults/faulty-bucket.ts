import { type Ask, InjectedFault, type Weather } from "./ask-controller.ts";

/** Time that each call of a slow bucket takes, milliseconds. */
const slowMs = 1500;

/**
 * A bucket whose puts fail (before they are done, or after, so that only the answer is lost), and whose reads break off.
 * @param weather of the whole bucket
 */
export function faultyBucket(
  bucket: R2Bucket,
  ask: Ask,
  weather: () => Promise<Weather["buckets"]> = async () => "well",
): R2Bucket {
  const endure = async (): Promise<void> => {
    const state = await weather();
    if (state === "failing")
      throw new InjectedFault("We encountered an internal error. Please try again. (10001)");
    if (state === "slow") await scheduler.wait(slowMs);
  };
  const guard = async <T>(what: string, act: () => Promise<T>): Promise<T> => {
    await endure();
    const fault = await ask("put", what);
    if (fault === "fail") throw new InjectedFault("R2 did not take it");
    const result = await act();
    if (fault === "lose_answer") throw new InjectedFault("R2 took it, but did not say so");
    return result;
  };
  const put = (...args: Parameters<R2Bucket["put"]>) => guard(args[0], () => bucket.put(...args));
  const resumeMultipartUpload: R2Bucket["resumeMultipartUpload"] = (key, id) => {
    const upload = bucket.resumeMultipartUpload(key, id);
    const uploadPart: R2MultipartUpload["uploadPart"] = (...args) =>
      guard(`${key} part ${args[0]}`, () => upload.uploadPart(...args));
    const complete: R2MultipartUpload["complete"] = (parts) =>
      guard(`${key} complete`, () => upload.complete(parts));
    return overlay(upload, { uploadPart, complete });
  };
  const get = async (...args: Parameters<R2Bucket["get"]>): Promise<unknown> => {
    await endure();
    const object: R2ObjectBody | null = await bucket.get(...args);
    if (object === null || !/^(sources|remuxed)\//.test(args[0])) return object;
    if ((await ask("read", args[0])) !== "cut") return object;
    const { range } = object;
    const bytes = range !== undefined && "length" in range ? (range.length ?? object.size) : object.size;
    // Of known length, as R2's own streams are: only so the reader can tell that it broke off.
    const body = object.body.pipeThrough(breakOff()).pipeThrough(new FixedLengthStream(bytes));
    return overlay(object, { body });
  };
  const afterIt = async <T>(act: () => Promise<T>): Promise<T> => {
    await endure();
    return await act();
  };
  const head: R2Bucket["head"] = (key) => afterIt(() => bucket.head(key));
  const list: R2Bucket["list"] = (options) => afterIt(() => bucket.list(options));
  const remove: R2Bucket["delete"] = (keys) => afterIt(() => bucket.delete(keys));
  return overlay(bucket, { put, get, head, list, delete: remove, resumeMultipartUpload });
}

/** Lets the first chunk through, and then breaks. */
function breakOff(): TransformStream<Uint8Array, Uint8Array> {
  let chunks = 0;
  return new TransformStream({
    transform: (chunk, controller) => {
      if (chunks++ > 0) return controller.error(new InjectedFault("the source's connection was cut"));
      controller.enqueue(chunk.subarray(0, Math.ceil(chunk.byteLength / 2)));
      if (chunk.byteLength > 1) controller.error(new InjectedFault("the source's connection was cut"));
    },
  });
}

/** The same object with some members replaced; methods keep their `this`. */
function overlay<T extends object>(target: T, members: Record<string, unknown>): T {
  return new Proxy(target, {
    get: (_, name) => {
      if (typeof name === "string" && name in members) return members[name];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
