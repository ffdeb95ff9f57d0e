import { env, exports } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { refusalOf, send } from "../../../test/support/http.ts";
import { seedFilm } from "../../../test/support/seed-film.ts";
import { seedProducer } from "../../../test/support/seed-producer.ts";

let mine: { producerId: string; key: string };
let operator: { producerId: string; key: string };

beforeAll(async () => {
  mine = await seedProducer(env);
  operator = await seedProducer(env, { isOperator: true });
});

const call = (
  method: string,
  path: string,
  { ifMatch, key = mine.key, body }: { body?: unknown; ifMatch?: string; key?: string } = {},
) =>
  send(`/v1/${path}`, {
    method,
    key,
    body,
    ...(ifMatch === undefined ? {} : { headers: { "If-Match": ifMatch } }),
  });

const problem = z.looseObject({
  status: z.number(),
  code: z.string(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
});

async function aTitle(film: Parameters<typeof seedFilm>[1] = {}): Promise<string> {
  const { titleId } = await seedFilm(env, { producerId: mine.producerId, ...film });
  return titleId;
}

const dach = {
  rules: [{ name: "dach", territories: ["DE", "AT", "CH"], max_height: 720 }],
  default: { deny: true },
};

describe("one title", () => {
  test("country lists read as the policy that they stand for", async () => {
    const id = await aTitle({ allowedCountries: ["DE", "AT"], blockedCountries: ["AT"] });
    const answer = await call("GET", `titles/${id}/policy`);
    expect([answer.status, answer.headers.get("ETag")]).toEqual([200, '"0"']);
    expect(await answer.json()).toEqual({
      rules: [
        { name: "blocked countries", territories: ["AT"], deny: true },
        { name: "outside the allowed countries", except: ["DE", "AT"], deny: true },
      ],
    });
  });

  test("a policy is written upon the version that was read, and keeps who wrote it", async () => {
    const id = await aTitle();
    const path = `titles/${id}/policy`;
    const first = (await call("GET", path)).headers.get("ETag") ?? "";
    expect(await refusalOf(await call("PUT", path, { body: dach }))).toEqual([428, "if_match_required"]);
    const written = await call("PUT", path, { body: dach, ifMatch: first });
    expect([written.status, written.headers.get("ETag"), await written.json()]).toEqual([200, '"1"', dach]);
    const stale = await call("PUT", path, { body: { rules: [] }, ifMatch: first });
    expect(await refusalOf(stale)).toEqual([412, "policy_changed"]);
    const weak = await call("PUT", path, { body: dach, ifMatch: 'W/"1"' });
    expect(await refusalOf(weak)).toEqual([412, "policy_changed"]);
    const unchanged = await exports.default.fetch(
      new Request(`http://marquee.test/v1/${path}`, {
        headers: { Authorization: `Bearer ${mine.key}`, "If-None-Match": '"1"' },
      }),
    );
    expect(unchanged.status).toBe(304);
    const { versions } = z
      .object({ versions: z.array(z.looseObject({ version: z.number() })) })
      .parse(await (await call("GET", `${path}/versions`)).json());
    expect(versions).toMatchObject([
      { version: 1, kind: "own", created_by: { id: mine.producerId, name: "Test producer" }, policy: dach },
    ]);
  });

  test("of writers at the same time one wins", async () => {
    const id = await aTitle();
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, n) =>
        call("PUT", `titles/${id}/policy`, {
          body: { rules: [{ name: `writer ${n}`, territories: ["DE"] }] },
          ifMatch: '"0"',
        }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412, 412, 412, 412]);
    const winner = answers.find(({ status }) => status === 200);
    expect(await (await call("GET", `titles/${id}/policy`)).json()).toEqual(await winner?.json());
  });

  test("country lists are no way around a policy, and count again without it", async () => {
    const id = await aTitle({ allowedCountries: ["FR"] });
    await call("PUT", `titles/${id}/policy`, { body: dach, ifMatch: "*" });
    const patch = (body: unknown) => call("PATCH", `titles/${id}`, { body });
    expect(await refusalOf(await patch({ allowed_countries: null }))).toEqual([409, "policy_in_use"]);
    expect(await (await patch({ title: "New" })).json()).toMatchObject({
      title: "New",
      allowed_countries: null,
      blocked_countries: null,
      policy: { kind: "own", version: 1 },
    });
    const removal = await call("DELETE", `titles/${id}/policy`, { ifMatch: '"1"' });
    expect(removal.status).toBe(204);
    expect(await (await patch({ blocked_countries: ["US"] })).json()).toMatchObject({
      allowed_countries: ["FR"],
      blocked_countries: ["US"],
      policy: { kind: "countries", version: 3 },
    });
    const again = await call("DELETE", `titles/${id}/policy`, { ifMatch: '"3"' });
    expect(await refusalOf(again)).toEqual([404, "no_own_policy"]);
    const page = async (query: string) =>
      z
        .object({
          versions: z.array(z.looseObject({ version: z.number(), kind: z.string() })),
          next_before: z.number().nullable(),
        })
        .parse(await (await call("GET", `titles/${id}/policy/versions${query}`)).json());
    expect((await page("")).versions.map(({ version, kind }) => [version, kind])).toEqual([
      [3, "countries"],
      [2, "countries"],
      [1, "own"],
    ]);
    expect(await page("?limit=2")).toMatchObject({
      next_before: 2,
      versions: [{ version: 3 }, { version: 2 }],
    });
    expect(await page("?limit=2&before=2")).toMatchObject({ next_before: null, versions: [{ version: 1 }] });
  });

  test("another producer's title is not there", async () => {
    const { titleId } = await seedFilm(env, { producerId: "prd_other" });
    for (const path of ["policy", "policy/versions", "policy/explain?country=DE"]) {
      expect(await refusalOf(await call("GET", `titles/${titleId}/${path}`))).toEqual([
        404,
        "title_not_found",
      ]);
    }
    const put = await call("PUT", `titles/${titleId}/policy`, { body: dach, ifMatch: "*" });
    expect(await refusalOf(put)).toEqual([404, "title_not_found"]);
    const anonymous = await exports.default.fetch(`http://marquee.test/v1/titles/${titleId}/policy`);
    expect(anonymous.status).toBe(401);
    const posted = await call("POST", `titles/${await aTitle()}/policy`, { body: {} });
    expect([posted.status, posted.headers.get("Allow")]).toEqual([405, "GET, HEAD, PUT, DELETE"]);
  });
});

const all = { name: "all" };
const window = { opens: "2027-03-01T00:00Z", closes: "2027-04-01T00:00Z" };

test.each([
  [{}, "/rules"],
  [[], ""],
  [{ rules: [all], extra: 1 }, ""],
  [{ rules: [{}] }, "/rules/0/name"],
  [{ rules: [{ name: " a" }] }, "/rules/0/name"],
  [{ rules: [{ ...all, territories: [] }] }, "/rules/0/territories"],
  [{ rules: [{ ...all, territories: ["XX"] }] }, "/rules/0/territories/0"],
  [{ rules: [{ ...all, territories: ["DE", "EU"] }] }, "/rules/0/territories/1"],
  [{ rules: [{ ...all, territories: ["Germany"] }] }, "/rules/0/territories/0"],
  [{ groups: { DACH: ["DE"] }, rules: [] }, "/groups/DACH"],
  [{ groups: { dach: ["ZZ"] }, rules: [] }, "/groups/dach/0"],
  [{ groups: { dach: [] }, rules: [] }, "/groups/dach"],
  [{ rules: [{ ...all, windows: [{}] }] }, "/rules/0/windows/0"],
  [{ rules: [{ ...all, windows: [] }] }, "/rules/0/windows"],
  [{ rules: [{ ...all, windows: [{ opens: "2027-02-30T00:00Z" }] }] }, "/rules/0/windows/0/opens"],
  [{ rules: [{ ...all, windows: [{ opens: "2027-03-01T00:00:00+01:00" }] }] }, "/rules/0/windows/0/opens"],
  [{ rules: [{ ...all, max_height: 0 }] }, "/rules/0/max_height"],
  [{ rules: [{ ...all, max_height: 10.5 }] }, "/rules/0/max_height"],
  [{ rules: [{ ...all, max_bitrate: 10 }] }, "/rules/0/max_bitrate"],
  [{ rules: [{ ...all, asns: [0] }] }, "/rules/0/asns/0"],
  [{ rules: [{ ...all, audio: { allowed: ["english"] } }] }, "/rules/0/audio/allowed/0"],
  [{ rules: [{ ...all, audio: { default: "qq" } }] }, "/rules/0/audio/default"],
  [{ rules: [{ ...all, audio: { allowed: [] } }] }, "/rules/0/audio/allowed"],
  [{ rules: [{ ...all, rating: { label: "FSK 16", minimum_age: -1 } }] }, "/rules/0/rating/minimum_age"],
  [{ rules: Array.from({ length: 101 }, (_, n) => ({ name: `rule ${n}` })) }, "/rules"],
])("%j is not well-formed at %s", async (body, pointer) => {
  const answer = await call("PUT", `titles/${await aTitle()}/policy`, { body, ifMatch: "*" });
  const { status, code, errors } = problem.parse(await answer.json());
  expect([status, code]).toEqual([422, "invalid_input"]);
  expect(errors?.map((error) => error.pointer)).toContain(pointer);
});

test.each([
  [
    "ends before it starts",
    [{ ...all, windows: [{ opens: window.closes, closes: window.opens }] }],
    "/rules/0/windows/0/closes",
  ],
  ["overlaps", [{ ...all, windows: [window, { opens: "2027-03-31T00:00Z" }] }], "/rules/0/windows/1"],
  ["no such group", [{ ...all, territories: ["atlantis"] }], "/rules/0/territories/0"],
  ["nobody left", [{ ...all, territories: ["DE"], except: ["europe"] }], "/rules/0/except"],
  ["the same name", [{ name: "a", territories: ["DE"] }, { name: "A" }], "/rules/1/name"],
  ["never reached", [{ name: "a" }, { name: "b", territories: ["DE"] }], "/rules/1"],
  [
    "never reached",
    [
      { name: "a", territories: ["europe"], windows: [window] },
      { name: "b", territories: ["DE"] },
    ],
    "/rules/1",
  ],
  [
    "a default that is not allowed",
    [{ ...all, audio: { allowed: ["de"], default: "en" } }],
    "/rules/0/audio/default",
  ],
  ["denies and gives", [{ ...all, deny: true, max_height: 720 }], "/rules/0/max_height"],
  ["outside of no window", [{ ...all, outside_windows: "refuse" }], "/rules/0/outside_windows"],
  [
    "a ban that refuses outside",
    [{ ...all, deny: true, windows: [window], outside_windows: "refuse" }],
    "/rules/0/outside_windows",
  ],
  ["Tor in a country", [{ ...all, tor: true, territories: ["DE"] }], "/rules/0/tor"],
])("a policy contradicts itself: %s", async (_, rules, pointer) => {
  const answer = await call("PUT", `titles/${await aTitle()}/policy`, { body: { rules }, ifMatch: "*" });
  const { status, code, errors } = problem.parse(await answer.json());
  expect([status, code]).toEqual([422, "policy_contradicts_itself"]);
  expect(errors?.map((error) => error.pointer)).toEqual([pointer]);
});

test.each([
  [
    [
      { name: "a", territories: ["DE"], windows: [window], outside_windows: "next_rule" },
      { name: "b", territories: ["DE"] },
    ],
  ],
  [[{ name: "a", asns: [3320] }, { name: "b" }]],
  [
    [
      { name: "a", deny: true, windows: [window] },
      { name: "b", territories: ["DE"] },
    ],
  ],
  [[{ name: "a", windows: [window, { opens: "2027-04-01T00:00Z" }] }]],
  [[{ name: "a", audio: { allowed: ["en"], default: "en-US" } }]],
  [
    [
      { name: "a", territories: ["DE"] },
      { name: "b", except: ["DE"] },
    ],
  ],
])("%j makes sense", async (rules) => {
  const answer = await call("PUT", `titles/${await aTitle()}/policy`, { body: { rules }, ifMatch: "*" });
  expect(answer.status).toBe(200);
});

test("a policy that is too large is refused, as is what is no JSON", async () => {
  const path = `titles/${await aTitle()}/policy`;
  const asns = Array.from({ length: 500 }, (_, n) => 4_000_000_000 + n);
  const rules = Array.from({ length: 20 }, (_, n) => ({ name: `rule ${n}`, asns }));
  const large = await call("PUT", path, { body: { rules }, ifMatch: "*" });
  expect(await refusalOf(large)).toEqual([422, "policy_too_large"]);
  const huge = await call("PUT", path, { body: { rules: "x".repeat(300_000) }, ifMatch: "*" });
  expect(await refusalOf(huge)).toEqual([413, "body_too_large"]);
  const headers = { Authorization: `Bearer ${mine.key}`, "If-Match": "*" };
  const request = new Request(`http://marquee.test/v1/${path}`, { method: "PUT", headers, body: "{" });
  expect(await refusalOf(await exports.default.fetch(request))).toEqual([400, "invalid_json"]);
});

describe("the service", () => {
  const put = (body: unknown) => call("PUT", "ops/policy", { body, ifMatch: "*", key: operator.key });
  const explain = async (id: string, country: string) =>
    await (await call("GET", `titles/${id}/policy/explain?country=${country}`)).json();

  test("its rules are for operators to write, and for titles that leave them open", async () => {
    expect(await refusalOf(await call("GET", "ops/policy"))).toEqual([403, "not_an_operator"]);
    const [open, own] = [await aTitle(), await aTitle()];
    await call("PUT", `titles/${own}/policy`, {
      body: { rules: [], default: { name: "mine" } },
      ifMatch: "*",
    });
    const policy = {
      groups: { nordics: ["DK", "SE"] },
      rules: [{ name: "no service", territories: ["KP"], deny: true }],
      default: { name: "whole service", max_height: 720 },
    };
    expect((await put(policy)).status).toBe(200);
    expect(await explain(open, "KP")).toMatchObject({
      decision: { code: "not_available_in_country", rule: "no service" },
    });
    expect(await explain(open, "DE")).toMatchObject({
      decision: { allowed: true, rule: "whole service" },
      outcome: { max_height: 720 },
    });
    expect(await explain(own, "KP")).toMatchObject({ decision: { allowed: true, rule: "mine" } });
    const named = { rules: [{ name: "north", territories: ["nordics"] }], default: { deny: true } };
    expect((await call("PUT", `titles/${own}/policy`, { body: named, ifMatch: "*" })).status).toBe(200);
    expect(await explain(own, "SE")).toMatchObject({ decision: { allowed: true, rule: "north" } });
    const gone = await put({ rules: [] });
    expect(problem.parse(await gone.json())).toMatchObject({
      status: 409,
      code: "group_in_use",
      titles: [own],
    });
    expect((await put({ ...policy, rules: [], default: { name: "open" } })).status).toBe(200);
    expect(await explain(open, "KP")).toMatchObject({ decision: { allowed: true } });
    const { versions } = z
      .object({ versions: z.array(z.looseObject({ version: z.number() })) })
      .parse(await (await call("GET", "ops/policy/versions", { key: operator.key })).json());
    expect(versions.map(({ version }) => version)).toEqual([2, 1]);
    expect(versions[0]).toMatchObject({ created_by: { id: operator.producerId } });
  });
});

describe("explain", () => {
  test("tells each rule, each rendition, and what changes next", async () => {
    const id = await aTitle();
    const rules = [
      { name: "france", territories: ["FR"], deny: true },
      { name: "premiere", territories: ["DE"], windows: [window], outside_windows: "next_rule" },
      { name: "small", territories: ["DE"], max_height: 480, rating: { label: "FSK 16", minimum_age: 16 } },
    ];
    await call("PUT", `titles/${id}/policy`, { body: { rules }, ifMatch: "*" });
    const asked = async (query: string) =>
      await (await call("GET", `titles/${id}/policy/explain?${query}`)).json();
    expect(await asked("country=de&at=2027-02-01")).toMatchObject({
      at: "2027-02-01T00:00:00.000Z",
      viewer: { country: "DE", asn: null, tor: false },
      decision: {
        allowed: false,
        code: "no_rung_allowed",
        rule: "small",
        changes_at: "2027-03-01T00:00:00.000Z",
      },
      rules: [
        { name: "france", decides: false, why: "It applies to other countries." },
        { name: "premiere", decides: false },
        { name: "small", decides: true },
      ],
    });
    expect(await asked("country=DE&at=2027-03-01T00:00Z")).toMatchObject({
      decision: {
        allowed: true,
        status: 200,
        rule: "premiere",
        class: "full",
        changes_at: "2027-04-01T00:00:00.000Z",
      },
      renditions: expect.arrayContaining([
        expect.objectContaining({ kind: "video", label: "720p", kept: true }),
      ]),
      default_audio: "en",
    });
    expect(await asked("country=T1")).toMatchObject({
      viewer: { tor: true },
      decision: { code: "country_unknown" },
    });
  });

  test.each([
    ["", "/country"],
    ["country=ZZ", "/country"],
    ["country=DE&at=tomorrow", "/at"],
    ["country=DE&at=2027-13-01", "/at"],
    ["country=DE&asn=many", "/asn"],
    ["country=DE&audio=english", "/audio"],
    ["country=DE&max_height=-1", "/max_height"],
    ["country=DE&ip=1.2.3", "/ip"],
    ["country=DE&origin=here", "/origin"],
    ["country=DE&origin=https://a%00b", "/origin"],
    ["country=DE&origin=https://a.test/", "/origin"],
    ["country=DE&surprise=1", ""],
  ])("%s is refused at %s", async (query, pointer) => {
    const answer = await call("GET", `titles/${await aTitle()}/policy/explain?${query}`);
    const { status, errors } = problem.parse(await answer.json());
    expect(status).toBe(422);
    expect(errors?.map((error) => error.pointer)).toEqual([pointer]);
  });

  test("a title without a film has rules all the same", async () => {
    const id = await aTitle({ status: "preparing", blockedCountries: ["FR"] });
    const answer = await call("GET", `titles/${id}/policy/explain?country=FR`);
    expect(await answer.json()).toMatchObject({
      decision: { code: "not_available_in_country" },
      renditions: [],
    });
  });
});
