import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** Is true of a request with `Authorization: Bearer {key}`. Takes as long for a key that is nearly right as for any other. */
export function knowsKey(
  { authorization }: Pick<IncomingHttpHeaders, "authorization">,
  key: string,
): boolean {
  return key !== "" && timingSafeEqual(digest(authorization ?? ""), digest(`Bearer ${key}`));
}

/** Of equal length for every text, as the comparison wants it. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
