/** Reads a request's body within a limit, as text or as a page's form. */
import type { Context } from "hono";
import { Problem } from "./problem.ts";

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

/** Reads a request's body as UTF-8 text of at most `maxBytes`. @throws Problem 413 `body_too_large` */
export async function readText(request: Request, maxBytes: number): Promise<string> {
  const tooLarge = new Problem(
    413,
    "body_too_large",
    `This request's body may have at most ${maxBytes} bytes.`,
  );
  if (Number(request.headers.get("Content-Length") ?? 0) > maxBytes) throw tooLarge;
  if (request.body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
