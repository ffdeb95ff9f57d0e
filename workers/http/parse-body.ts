/** Parses a JSON request body at the border. */
import type { Context } from "hono";
import type { z } from "zod";
import { Problem, pointersOf } from "./problem.ts";
import { readText } from "./read-body.ts";

/** Largest JSON body an API request may have, bytes. */
const maxJsonBytes = 256 * 1024;

/**
 * Reads the request's JSON body and parses it with `schema`.
 * @throws Problem 413 `body_too_large`, 400 `invalid_json`, 422 `invalid_input` (with `errors`: pointer and detail each).
 */
export async function parseBody<T extends z.ZodType>(c: Context, schema: T): Promise<z.infer<T>> {
  const text = await readText(c.req.raw, maxJsonBytes);
  let value: unknown;
  try {
    value = JSON.parse(text, refusePrototype);
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(400, "invalid_json", "The request body is not JSON. Send a JSON object.");
  }
  return parseValue(value, schema);
}

/** Refuses a member that copies of the object would silently lose. */
function refusePrototype(name: string, value: unknown): unknown {
  if (name !== "__proto__") return value;
  throw new Problem(422, "invalid_input", "The body has a member named __proto__. Choose another name.", {
    members: { errors: [{ pointer: "", detail: "no member may be named __proto__" }] },
  });
}

/** Parses a value from outside with `schema`. @throws Problem 422 `invalid_input` with JSON pointers (RFC 6901). */
export function parseValue<T extends z.ZodType>(value: unknown, schema: T): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = pointersOf(parsed.error);
  const first = errors[0];
  throw new Problem(
    422,
    "invalid_input",
    `${first?.pointer || "The body"}: ${first?.detail ?? "is not valid"}.`,
    {
      members: { errors },
    },
  );
}
