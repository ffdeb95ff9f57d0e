import type { Context } from "hono";
import type { JSX } from "hono/jsx/jsx-runtime";
import type { ContentfulStatusCode } from "hono/utils/http-status";

/** Sends a page. Pages show what is true now and for this viewer, so no one keeps them. */
export async function sendPage(
  c: Context,
  page: JSX.Element | Promise<JSX.Element>,
  status: ContentfulStatusCode = 200,
): Promise<Response> {
  c.header("Cache-Control", "private, no-cache");
  return c.html(`<!doctype html>${(await page).toString()}`, status);
}
