/** What a film itself can be refused for (docs/api.md lists it): the same file fails in the same way, however often it is tried. */
const sourceFaults: ReadonlySet<string> = new Set([
  "unsupported_container",
  "unsupported_codec",
  "no_video",
  "truncated",
  "damaged",
  "encrypted",
  "too_large",
  "too_long",
  "too_many_streams",
  "bad_timestamps",
]);

/** Whether another file is needed. @param code of an asset's error; what is not known may succeed at another time */
export function isSourceFault(code: string): boolean {
  return sourceFaults.has(code);
}
