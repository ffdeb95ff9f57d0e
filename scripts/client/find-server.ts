/** Finds the Marquee to talk to, and the producer's key. */
import { z } from "zod";
import { withoutLast } from "../../workers/shared/without-last.ts";
import { UserError } from "../local/user-error.ts";

/** A server and a producer's key of it. */
export interface Server {
  /** Without a slash at its end. */
  url: string;
  key: string;
}

const defaultUrl = "http://127.0.0.1:8787";
const localServer = z.object({ url: z.string(), key: z.string() });

/**
 * Options come before the environment, the environment before what `npm start` wrote. The local server's key is sent to
 * no other server.
 * @param local the text of `.marquee/local.json`; null when there is none
 * @throws UserError `invalid_server`, `key_missing`
 */
export function findServer(
  options: { server: string | undefined; key: string | undefined },
  environment: Record<string, string | undefined>,
  local: string | null,
): Server {
  const started = parseLocal(local);
  const url = trimUrl(options.server ?? (environment.MARQUEE_URL || started?.url || defaultUrl));
  const ownKey = started !== null && trimUrl(started.url) === url ? started.key : undefined;
  const key = options.key ?? (environment.MARQUEE_KEY || ownKey);
  if (key === undefined || key === "") {
    throw new UserError(`Give a producer's key for ${url} with --key or in MARQUEE_KEY.`, "key_missing");
  }
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new UserError("The key has characters that no key has. Copy it again.", "key_missing");
  }
  return { url, key };
}

function trimUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw new UserError(`${text} is not a server's address; write it like ${defaultUrl}.`, "invalid_server");
  }
  return withoutLast(url.href, "/");
}

function parseLocal(text: string | null): Server | null {
  if (text === null) return null;
  try {
    return localServer.parse(JSON.parse(text));
  } catch {
    return null; // half-written or foreign: as if it were not there
  }
}
