import type { IncomingHttpHeaders } from "node:http";

/**
 * Is true of a request that a web page sent. Only the pipeline talks to a transcoder, and it is no browser; but on a laptop
 * any page that finds the port could send one, and browsers add these headers to each POST across sites.
 */
export function isFromBrowser(headers: IncomingHttpHeaders): boolean {
  return headers.origin !== undefined || Object.keys(headers).some((name) => name.startsWith("sec-fetch-"));
}
