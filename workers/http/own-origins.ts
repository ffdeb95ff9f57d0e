/**
 * The service's own web origins. They are configuration (`PUBLIC_ORIGINS`), because whatever a request says of itself, its Host
 * too, is the sender's word: links, tokens and the decision about whose page asks must not follow it.
 */

/** The configured origins, `https://host` each. */
export interface OwnOrigins {
  /** All of them, as written. */
  all: readonly string[];
  /** The first: links begin with it where a request came by another name. */
  main: string;
  /** Serves this machine alone: one of them is a loopback address. */
  isLocal: boolean;
}

let known: { from: string; origins: OwnOrigins } | undefined;

/**
 * Reads `PUBLIC_ORIGINS`: web origins with blanks between them, the main one first. Parsed once per isolate.
 * @throws Error when it is empty, or holds something that is no web origin
 */
export function ownOrigins(env: Pick<Env, "PUBLIC_ORIGINS">): OwnOrigins {
  if (known?.from === env.PUBLIC_ORIGINS) return known.origins;
  const all = env.PUBLIC_ORIGINS.split(/\s+/).filter((text) => text !== "");
  const wrong = all.find((text) => URL.parse(text)?.origin !== text || !/^https?:/.test(text));
  const [main] = all;
  if (main === undefined || wrong !== undefined) {
    throw new Error(
      `PUBLIC_ORIGINS must name this service's addresses, for example https://films.example, not "${wrong ?? ""}"`,
    );
  }
  const origins = { all, main, isLocal: all.some((origin) => isLoopback(new URL(origin).hostname)) };
  known = { from: env.PUBLIC_ORIGINS, origins };
  return origins;
}

/** The own origin by which a request came; the main one where it names none of them. */
export function originFor(request: Request, env: Pick<Env, "PUBLIC_ORIGINS">): string {
  const { all, main } = ownOrigins(env);
  const { origin, host } = new URL(request.url);
  if (all.includes(origin)) return origin;
  // A proxy that ends TLS asks us by http under the same name.
  return all.find((own) => new URL(own).host === host) ?? main;
}

/** Checks whether a request's Host is one of the service's own, or of this machine. */
export function hasOwnHost(request: Request, env: Pick<Env, "PUBLIC_ORIGINS">): boolean {
  const { host, hostname } = new URL(request.url);
  return isLoopback(hostname) || ownOrigins(env).all.some((own) => new URL(own).host === host);
}

/** Checks whether a host name always means this machine (RFC 6761 §6.3, RFC 1122 §3.2.1.3, RFC 4291 §2.5.3). */
function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}
