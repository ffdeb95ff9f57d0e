import type { Handler } from "hono";
import { Problem } from "./problem.ts";

/**
 * The last handler of an address: whatever method has come this far is none of `methods`, which the address knows.
 * @throws Problem 405 `method_not_allowed` with `Allow` (RFC 9110 §15.5.6).
 */
export function onlyMethods(...methods: readonly string[]): Handler {
  const allowed = methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])).join(", ");
  return () => {
    throw new Problem(405, "method_not_allowed", `This address knows ${allowed}.`, {
      headers: { Allow: allowed },
    });
  };
}
