/**
 * Who may use which route: every route of the router × everybody who should not get in. A route that is not in the table fails, so
 * none can be forgotten.
 */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { type SendOptions, send } from "../test/support/http.ts";
import { anyVersion, form, noRules, type Route, routeAccess, tus } from "../test/support/route-access.ts";
import { routeNames } from "../test/support/routes.ts";
import { seedFilm } from "../test/support/seed-film.ts";
import { seedProducer } from "../test/support/seed-producer.ts";
import { signIn } from "../test/support/sign-in.ts";
import { raiseAlarm } from "./catalog/alarms.ts";
import { openDatabase } from "./catalog/database.ts";
import { deadLetters } from "./catalog/schema.ts";
import { signPlaybackToken } from "./playback/tokens/playback-token.ts";
import { newId } from "./shared/new-id.ts";

interface Person {
  producerId: string;
  key: string;
  cookie: string;
}

let owner: Person;
let stranger: Person;
let operator: Person;
/** A key of the owner's that was revoked, and the cookie of a session that was begun with it. */
let revoked: { key: string; cookie: string };

beforeAll(async () => {
  const join = async (isOperator: boolean): Promise<Person> => {
    const { producerId, key } = await seedProducer(env, { isOperator });
    return { producerId, key, cookie: await signIn(key) };
  };
  [owner, stranger, operator] = [await join(false), await join(false), await join(true)];
  const made = await (await send("/v1/keys", { key: operator.key, body: {} })).json<{
    id: string;
    key: string;
  }>();
  revoked = { key: made.key, cookie: await signIn(made.key) };
  expect((await send("/v1/assets", { key: made.key })).status).toBe(200);
  expect((await send("/v1/assets", { headers: { Cookie: revoked.cookie } })).status).toBe(200);
  expect((await send(`/v1/keys/${made.id}`, { method: "DELETE", key: operator.key })).status).toBe(204);
});

/** Makes a thing of the owner's for a path; each gives its id. */
const things: Record<string, () => Promise<string>> = {
  asset: async () => (await seedFilm(env, { producerId: owner.producerId })).assetId,
  title: async () => (await seedFilm(env, { producerId: owner.producerId })).titleId,
  deletedAsset: async () => await deleted("assetId"),
  deletedTitle: async () => await deleted("titleId"),
  ruledTitle: async () => {
    const { titleId } = await seedFilm(env, { producerId: owner.producerId });
    const put = { method: "PUT", key: owner.key, body: noRules, headers: anyVersion };
    expect((await send(`/v1/titles/${titleId}/policy`, put)).status).toBe(200);
    return titleId;
  },
  upload: async () => {
    const begun = await send("/v1/uploads", { method: "POST", key: owner.key, headers: tus });
    return begun.headers.get("Location")?.split("/").at(-1) ?? "";
  },
  key: async () => (await (await send("/v1/keys", { key: owner.key, body: {} })).json<{ id: string }>()).id,
  signingKey: async () => {
    const made = await send("/v1/signing-keys", { key: owner.key, body: {} });
    return (await made.json<{ kid: string }>()).kid;
  },
  producer: async () => owner.producerId,
  letter: async () => {
    const id = newId("deadLetter");
    await openDatabase(env).insert(deadLetters).values({ id, queue: "q", body: {}, createdAt: 1 });
    return id;
  },
  alarm: async () => {
    await raiseAlarm(openDatabase(env), "sweep_fuse", "Too much is unknown.", 1);
    return "sweep_fuse";
  },
  pathway: async () => {
    const body = { base_url: "https://cache.test", priority: -1 };
    await send("/v1/ops/pathways/cdn", { method: "PUT", key: operator.key, body });
    return "cdn";
  },
};

async function deleted(id: "assetId" | "titleId"): Promise<string> {
  const film = await seedFilm(env, { producerId: owner.producerId });
  const gone = await send(`/v1/assets/${film.assetId}`, { method: "DELETE", key: owner.key });
  expect(gone.status).toBe(204);
  return film[id];
}

async function pathOf(template: string): Promise<string> {
  let path = template;
  for (const [mark, name = ""] of template.matchAll(/\{(\w+)\}/g)) {
    path = path.replace(mark, (await things[name]?.()) ?? "");
  }
  return path;
}

/** The methods that a route is tried with. */
const methodsOf = (name: string, { methods }: Route): string[] => methods ?? [name.split(" ")[0] ?? ""];

/** Sends a route's request, and gives status and code: `sign-in` for the page in place of another, empty for no refusal. */
async function ask(method: string, path: string, route: Route, as: SendOptions): Promise<string> {
  const headers = { ...route.headers, ...Object.fromEntries(new Headers(as.headers)) };
  const body = method === "GET" || method === "HEAD" ? undefined : route.body;
  const response = await send(path, { ...as, method, body, headers });
  const text = await response.text();
  if (text.includes('action="/studio/sign-in"')) return `${response.status} sign-in`;
  const { code = "" } = text.startsWith("{") ? (JSON.parse(text) as { code?: string }) : {};
  // HEAD has no body to say why.
  return `${response.status} ${code}`.trim();
}

const bySameSite = (Cookie: string): SendOptions => ({
  headers: { Cookie, "Sec-Fetch-Site": "same-origin" },
});

/** Everybody without a way in. */
const outsiders = (): Record<string, SendOptions> => ({
  "no key": {},
  "a made-up key": { key: `mqk_${"0".repeat(32)}` },
  "an empty key": { headers: { Authorization: "Bearer " } },
  "another scheme": { headers: { Authorization: `Basic ${btoa(`x:${owner.key}`)}` } },
  "a revoked key": { key: revoked.key },
  "a made-up session": bySameSite("__Host-marquee_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
  "a session of a revoked key": bySameSite(revoked.cookie),
  "a session under the plain name": bySameSite(owner.cookie.replace("__Host-", "")),
});

const named = Object.entries(routeAccess);
const closed = named.filter(([, { access }]) => ["producer", "operator", "studio", "ops"].includes(access));

test("the table has every route of the router, and no other", () => {
  expect(Object.keys(routeAccess).toSorted()).toEqual(routeNames());
});

test.for(closed)("nobody comes in without a key: %s", async ([name, route]) => {
  const path = await pathOf(route.path);
  const isPage = route.access === "studio" || route.access === "ops";
  for (const method of methodsOf(name, route)) {
    for (const [who, as] of Object.entries(outsiders())) {
      const answer = await ask(method, path, route, as);
      const wanted =
        isPage && method === "GET" ? "200 sign-in" : method === "HEAD" ? "401" : "401 unauthenticated";
      expect(answer, `${method} as ${who}`).toBe(wanted);
    }
  }
});

test.for(closed)("another producer sees and changes nothing: %s", async ([name, route]) => {
  const path = await pathOf(route.path);
  const isForOperators = route.access === "operator" || route.access === "ops";
  const isPage = route.access === "studio" || route.access === "ops";
  for (const method of methodsOf(name, route)) {
    const ways = isPage
      ? [bySameSite(stranger.cookie)]
      : [{ key: stranger.key }, bySameSite(stranger.cookie)];
    for (const as of ways) {
      const answer = await ask(method, path, route, as);
      if (isForOperators) expect(answer, method).toBe("403 not_an_operator");
      else if (route.path.includes("{")) expect(answer, method).toMatch(/^404( \w+_not_found)?$/);
    }
  }
});

test.for(closed)("forms of other sites are refused, signed in or not: %s", async ([name, route]) => {
  const path = await pathOf(route.path);
  const person = route.access === "operator" || route.access === "ops" ? operator : owner;
  for (const method of methodsOf(name, route).filter((one) => one !== "GET" && one !== "HEAD")) {
    for (const from of [
      { "Sec-Fetch-Site": "cross-site" },
      { "Sec-Fetch-Site": "same-site" },
      { Origin: "https://evil.example" },
      { Origin: "null" },
      {},
    ]) {
      const headers: Record<string, string> = { Cookie: person.cookie };
      for (const [field, value] of Object.entries(from)) if (value !== undefined) headers[field] = value;
      const answer = await ask(method, path, route, { headers });
      expect(answer, `${method} from ${JSON.stringify(from)}`).toBe("403 cross_site");
    }
  }
});

// Without this the refusals above could be those of addresses that don't exist.
test.for(closed)("who may, gets in: %s", async ([name, route]) => {
  const isForOperators = route.access === "operator" || route.access === "ops";
  const isPage = route.access === "studio" || route.access === "ops";
  const person = isForOperators ? operator : owner;
  for (const method of methodsOf(name, route)) {
    for (const as of [...(isPage ? [] : [{ key: person.key }]), bySameSite(person.cookie)]) {
      const answer = await ask(method, await pathOf(route.path), route, as);
      expect(answer, method).toMatch(/^(200|201|202|204|303|409|422)( |$)/);
      expect(answer).not.toContain("sign-in");
    }
  }
});

describe("what needs no key", () => {
  test.for(named.filter(([, { access }]) => access === "everyone"))("%s", async ([name, route]) => {
    const path = await pathOf(route.path);
    for (const method of methodsOf(name, route)) {
      const headers = { "Sec-Fetch-Site": "same-origin" };
      const answer = await ask(method, path, route, { headers });
      // Here the transcoder is away, which is no fault of the request.
      expect(answer.startsWith("500")).toBe(false);
      // A key, good or bad, makes no difference.
      for (const key of [owner.key, revoked.key, "mqk_none_none"]) {
        expect(await ask(method, path, route, { headers, key })).toBe(answer);
      }
    }
  });

  test.for(named.filter(([, { access }]) => access === "token" || access === "grant"))(
    "%s: the path alone opens it",
    async ([name, route]) => {
      const [mine, other] = [await seedFilm(env), await seedFilm(env)];
      const iat = Math.floor(Date.now() / 1000);
      const tokenOf = async (film: typeof mine) => {
        const claims = { aud: "marquee-playback", title: film.titleId, asset: film.assetId } as const;
        return await signPlaybackToken(env, { ...claims, iat, exp: iat + 60 });
      };
      const at = (token: string) => route.path.replace("{token}", token).replace("{asset}", mine.assetId);
      const token = await tokenOf(mine);
      const forged = `${token.slice(0, -4)}AAAA`;
      for (const method of methodsOf(name, route)) {
        for (const wrong of ["none", "a.b.c", forged]) {
          for (const as of [{}, { key: owner.key }, bySameSite(owner.cookie)]) {
            expect(await ask(method, at(wrong), route, as), wrong).toMatch(/^403 (token|invalid_grant)/);
          }
        }
      }
      if (route.access === "grant") return;
      expect(await ask("GET", at(token), route, {})).not.toMatch(/^(401|403)/);
      // Another film's token opens none of this film's files.
      if (route.path.includes("{asset}")) {
        expect(await ask("GET", at(await tokenOf(other)), route, {})).toMatch(/^40[34] /);
      }
    },
  );

  test("forms of other sites sign nobody in or out", async () => {
    for (const path of ["/studio/sign-in", "/studio/sign-out"]) {
      for (const from of ["cross-site", "same-site"]) {
        const headers = { Cookie: owner.cookie, "Sec-Fetch-Site": from };
        const response = await send(path, { headers, body: form({ key: owner.key }) });
        expect([response.status, response.headers.get("Set-Cookie")]).toEqual([403, null]);
      }
    }
    expect((await send("/v1/assets", { headers: { Cookie: owner.cookie } })).status).toBe(200);
  });
});
