/** Requests to the API and the pages, from the router's own table: mostly right in all but one thing. */
import type { Random } from "../../support/random.ts";
import { type Route, routeAccess } from "../../support/route-access.ts";
import { headerText } from "../fuzz-requests.ts";
import { drawBody, type FuzzBody } from "./draw-body.ts";
import { drawText } from "./draw-value.ts";
import type { FuzzPerson, FuzzWorld } from "./fuzz-world.ts";

/** A request, and what its answer is judged by. */
export interface ApiRequest {
  route: string;
  request: Request;
  /** Makes the same request once more. */
  again: () => Request;
  /** Of the address as it is sent. */
  path: string;
  /** Begin of its body, for the report. */
  shownBody: string;
  isOperators: boolean;
}

const routes = Object.entries(routeAccess);

/** Routes that write a page of the library, or ask the transcoder, at each call: drawn as seldom as they are used. */
const heavy = new Set(["POST /v1/ops/republish", "GET /healthz"]);

const methods = [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
  "PROPFIND",
  "get",
  "QUERY",
] as const;

const pathTricks = [
  ...[
    "..",
    ".",
    "%2e%2e",
    "%2f",
    "%5c",
    "//",
    "%00",
    "%0a",
    "%0d%0aX: y",
    "%",
    "%25",
    "%c0%ae",
    "%ff",
    "%ed%a0%80",
  ],
  ...[
    "%e2%80%ae",
    ";x=y",
    "?",
    "#",
    "*",
    "none",
    "ast_none",
    "ttl_none",
    "null",
    "-1",
    "0",
    "1e9",
    "%F0%9F%8E%AC",
  ],
  ...["__proto__", "constructor", "toString", "%3Cfuzz-mark%3E", "'", "%22", "%3a", "a%20b", "A".repeat(300)],
] as const;

const queries = [
  ...[
    "limit",
    "cursor",
    "q",
    "after",
    "page",
    "since",
    "ids",
    "deleted",
    "rendition",
    "before",
    "made_with_it",
  ],
  ...[
    "country",
    "at",
    "asn",
    "accept_language",
    "audio",
    "text",
    "max_height",
    "token",
    "file",
    "ip",
    "origin",
  ],
  ...["saved", "as", "on", "alone", "status", "__proto__", "a[]", ""],
] as const;

const headerNames = [
  ...[
    "Range",
    "If-Match",
    "If-None-Match",
    "If-Modified-Since",
    "Accept",
    "Accept-Language",
    "Accept-Encoding",
  ],
  ...["Content-Type", "Content-Length", "Content-Encoding", "Cookie", "Authorization", "Origin", "Referer"],
  ...["Sec-Fetch-Site", "Sec-Fetch-Dest", "Host", "CF-Connecting-IP", "X-Forwarded-For", "Marquee-Country"],
  ...["Marquee-Asn", "Marquee-Debug", "Marquee-MD5", "Tus-Resumable", "Upload-Length", "Upload-Offset"],
  ...["Upload-Metadata", "Upload-Defer-Length", "Upload-Concat", "Upload-Checksum", "X-HTTP-Method-Override"],
  ...["Access-Control-Request-Method", "Access-Control-Request-Headers", "Expect", "TE", "Upgrade"],
] as const;

const headerValues = [
  ...["*", "0", "1", "10", "-1", "1e9", "99999999999999", "NaN", '"1"', 'W/"0"', '"', "bytes=0-", "bytes=-1"],
  ...["bytes=5-2", "bytes=0-0,2-2", "text/html", "application/json", "application/x-www-form-urlencoded"],
  ...[
    "application/offset+octet-stream",
    "multipart/form-data",
    "application/json; charset=utf-16",
    "gzip",
    "br",
  ],
  ...[
    "null",
    "https://evil.test",
    "https://marquee.test",
    "same-origin",
    "cross-site",
    "none",
    "DE",
    "XX",
    "1.0.0",
  ],
  ...[
    "0.2.2",
    "final;/a /b",
    "partial",
    "sha1 AAAA",
    "md5 Kq5sNclPz7QV2+lfQIuc6R7oRu0=",
    "DELETE",
    "PATCH",
    "de",
  ],
  ...[
    "filename ZmlsbS5tcDQ=,title PGZ1enotbWFyaz4=",
    "filename",
    "a b,c d,e",
    "title /////w==",
    "title 4oCu",
  ],
  ...["203.0.113.7", "::1", "2001:db8::/32", "Bearer ", "Bearer x y", "a=b; a=c", "__Host-marquee_session="],
] as const;

/** Draws a request; null when no client can send it. */
export function drawApiRequest(random: Random, world: FuzzWorld): ApiRequest | null {
  const [route, of] = drawRoute(random);
  const path = drawPath(random, world, of.path) + drawQuery(random, world);
  const method = drawMethod(random, route, of);
  const headers = new Headers();
  for (const [name, value] of Object.entries(of.headers ?? {}))
    if (!random.once(15)) headers.set(name, value);
  const isOperators = authorise(random, world, of, route, headers);
  const body = ["GET", "HEAD", "get"].includes(method) ? null : drawBody(random, world, route, of);
  if (body?.type !== undefined && !random.once(20)) headers.set("Content-Type", body.type);
  while (random.once(3)) setHeader(headers, random.pick(headerNames), drawHeaderValue(random));
  const origin = random.once(60)
    ? random.pick(["http://marquee.test", "https://evil.test"])
    : "https://marquee.test";
  try {
    const cf = { country: random.pick(["DE", "DE", "FR", "T1", "XX"]), asn: 3320 };
    const init = { method, headers, body: body?.bytes ?? null, redirect: "manual" as const, cf };
    const make = () => new Request(origin + path, init);
    const request = make();
    const shown = request.url.slice(new URL(request.url).origin.length);
    return { route, request, again: make, path: shown, shownBody: describeBody(body), isOperators };
  } catch {
    return null;
  }
}

function drawRoute(random: Random): [name: string, route: Route] {
  const drawn = routes[random.below(routes.length)] ?? ["GET /", { access: "everyone", path: "/" }];
  return heavy.has(drawn[0]) && !random.once(10) ? drawRoute(random) : drawn;
}

function describeBody(body: FuzzBody | null): string {
  if (body === null) return "";
  return typeof body.bytes === "string"
    ? JSON.stringify(body.bytes.slice(0, 1000))
    : `${body.bytes.length} bytes: ${body.bytes.slice(0, 40).toHex()}`;
}

function drawMethod(random: Random, route: string, { methods: own }: Route): string {
  if (random.once(8)) return random.pick(methods);
  const [first = "GET", ...rest] = own ?? [route.split(" ")[0] ?? "GET"];
  return random.pick([first, ...rest]);
}

function drawPath(random: Random, { things }: FuzzWorld, template: string): string {
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const kind = random.once(15)
      ? random.pick(["asset", "title", "upload", "key", "producer", "token"])
      : name;
    const all = things[kind] ?? ["none"];
    const ids = random.once(3) ? all : all.slice(0, 2); // the first ones are the owner's
    return random.once(10)
      ? encodeURIComponent(drawText(random).toWellFormed())
      : (ids[random.below(ids.length)] ?? "");
  });
  // Most of the public addresses have made-up names in the table.
  const shown = path.replace(/^\/watch\/none$/, () => `/watch/${random.pick(things.slug ?? ["none"])}`);
  if (!random.once(8)) return shown;
  const pieces = shown.split("/");
  const at = 1 + random.below(pieces.length);
  if (random.once(3)) return pieces.toSpliced(at, 0, random.pick(pathTricks)).join("/");
  if (random.once(3)) return `${shown}${random.pick(["/", "//", "/.", "%2f", "%00", "/x", ".json"])}`;
  return (at < pieces.length ? pieces.with(at, random.pick(pathTricks)) : pieces).join("/");
}

function drawQuery(random: Random, { things }: FuzzWorld): string {
  if (!random.once(3)) return "";
  const one = () => {
    const ids = things[random.pick(["asset", "title", "slug", "token"])] ?? ["none"];
    const value = random.once(3) ? (ids[random.below(ids.length)] ?? "") : drawText(random);
    const text = random.once(20)
      ? `%${random.pick(["", "f", "ff", "00", "ed%a0%80"])}`
      : encodeURIComponent(value.toWellFormed());
    return `${random.pick(queries)}=${random.once(60) ? text.repeat(random.below(200)) : text}`;
  };
  return `?${Array.from({ length: 1 + random.below(4) }, one).join("&")}`;
}

function drawHeaderValue(random: Random): string {
  if (random.once(60)) return random.pick(headerValues).repeat(random.below(200));
  return random.once(5) ? headerText(random, 40) : random.pick(headerValues);
}

/** Signs the request, mostly as those who may. @returns whether as an operator */
function authorise(
  random: Random,
  world: FuzzWorld,
  { access }: Route,
  route: string,
  headers: Headers,
): boolean {
  const isForOperators = access === "operator" || access === "ops";
  const isPage = access === "studio" || access === "ops";
  if (access === "everyone" && random.once(2)) return false;
  const right: FuzzPerson = isForOperators ? world.operator : world.owner;
  const person = random.once(6) ? random.pick([world.owner, world.stranger, world.operator]) : right;
  const leaves = route === "POST /studio/sign-out";
  if (random.once(12)) {
    const keys = [world.revokedKey, "mqk_none", "", "x".repeat(5000), headerText(random, 30)] as const;
    if (random.once(3)) return false;
    setHeader(headers, "Authorization", `Bearer ${random.pick(keys)}`);
    return false;
  }
  if (isPage || leaves || random.once(5)) {
    headers.set("Cookie", leaves ? person.leaving : person.cookie);
    if (!random.once(12)) headers.set("Sec-Fetch-Site", "same-origin");
  } else headers.set("Authorization", `Bearer ${person.key}`);
  return person === world.operator;
}

function setHeader(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value);
  } catch {
    // The platform sends no such header.
  }
}
