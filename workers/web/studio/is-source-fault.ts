/** Errors of a film itself (docs/api.md lists them): the same file fails in the same way at every try. */
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

/** Tells errors that need another file from those that may pass. @param code of an asset's error; an unknown one may pass */
export function isSourceFault(code: string): boolean {
  return sourceFaults.has(code);
}
