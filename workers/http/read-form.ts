import type { Context } from "hono";
import { Problem } from "./problem.ts";
import { readText } from "./read-text.ts";

/** Largest form a page usually sends, bytes: a title with every country ticked is about 6 kB. */
const usualFormBytes = 64 * 1024;

/**
 * Reads a page's form (`application/x-www-form-urlencoded`; our forms hold no files) of at most `maxFormBytes`.
 * @throws Problem 415 `unsupported_form`, 413 `body_too_large`
 */
export async function readForm(c: Context, maxFormBytes: number = usualFormBytes): Promise<URLSearchParams> {
  const type = c.req.header("Content-Type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") {
    throw new Problem(415, "unsupported_form", "Send this form as application/x-www-form-urlencoded.");
  }
  return new URLSearchParams(await readText(c.req.raw, maxFormBytes));
}
