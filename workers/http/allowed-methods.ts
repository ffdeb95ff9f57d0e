/** Refusals of methods that an address does not have. */
import type { Context, Hono, MiddlewareHandler } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import { Problem, problemResponse } from "./problem.ts";

/** The refusal of a method that is none of `methods`: 405 with `Allow` (RFC 9110 §15.5.6). */
export function notAllowed(methods: readonly string[]): Problem {
  const allowed = methods.join(", ");
  return new Problem(405, "method_not_allowed", `Allowed methods: ${allowed}.`, {
    headers: { Allow: allowed },
  });
}

/**
 * Refuses requests for which `app` has the address, but not the method. Only a request that no handler has answered or refused
 * comes this far, so a request without a key learns about the key first.
 */
export function allowedMethods(app: Hono<{ Bindings: Env }>): MiddlewareHandler<{ Bindings: Env }> {
  return methodNotAllowed({
    app,
    onMethodNotAllowed: (c: Context, methods) => problemResponse(notAllowed(methods), c),
  });
}
