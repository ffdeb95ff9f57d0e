/** Keys and sessions: what is left of a revoked one, how many wrong ones may be tried, what answers let a browser do. */
import { createPrivateKey, sign } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { ask, askAs, read } from "../stage/ask.ts";
import { publishFilm } from "../stage/publish-film.ts";
import type { Attack } from "../stage/row.ts";
import { signIn } from "../stage/sign-in.ts";

const madeKey = z.object({ id: z.string(), key: z.string() });
const madeSigner = z.object({ kid: z.string(), private_key: z.record(z.string(), z.unknown()) });

/** Edges may go on for this long with what was revoked, milliseconds (docs/security.md). */
const signerGraceMs = 16_000;

/** See the head of this file. */
export const keyAttacks: Attack[] = [
  {
    name: "revoked-key",
    tries: "a thief's studio session, signing key and playback token after their API key was revoked",
    run: async (target) => {
      const { assetId } = await publishFilm(target, target.neighbour, "revoked");
      const stolen = read(await askAs(target.neighbour, "POST", "/v1/keys", { name: "stolen" }), madeKey);
      const thief = { url: target.neighbour.url, key: stolen.key };
      const { cookie } = await signIn(thief.url, thief.key);
      if (cookie === null) throw new Error("The sign-in with a good key was refused.");
      const signer = read(await askAs(thief, "POST", "/v1/signing-keys", { name: "theirs" }), madeSigner);
      const playlist = `/v/${tokenOf(signer, assetId)}/main.m3u8`;
      const before = await ask(thief.url, "GET", playlist);
      const revoked = await askAs(target.neighbour, "DELETE", `/v1/keys/${stolen.id}`);
      const withCookie = { Cookie: cookie, Origin: thief.url };
      const after = [
        await askAs(thief, "GET", "/v1/assets"),
        await ask(thief.url, "GET", "/v1/assets", undefined, withCookie),
        await ask(thief.url, "POST", "/v1/signing-keys", { name: "again" }, withCookie),
        await ask(thief.url, "POST", "/v1/uploads", undefined, {
          ...{ ...withCookie, "Tus-Resumable": "1.0.0", "Upload-Length": "10" },
        }),
      ].map(({ status }) => status);
      await wait(signerGraceMs);
      const token = (await ask(thief.url, "GET", playlist)).status;
      return [
        { kind: "one of", what: "its token before", got: [before.status], allowed: [200] },
        { kind: "one of", what: "revoking", got: [revoked.status], allowed: [200, 204] },
        { kind: "one of", what: "key and session after", got: after, allowed: [401] },
        { kind: "one of", what: "its token after 16 s", got: [token], allowed: [401, 403] },
      ];
    },
  },
  {
    name: "answer-headers",
    tries: "what answers let a browser do: sniff, frame, keep",
    run: async (target) => {
      const { url, key } = target.neighbour;
      const { cookie } = await signIn(url, key);
      const withCookie = { Cookie: cookie ?? "" };
      const api = await askAs(target.neighbour, "GET", "/v1/assets");
      const refused = await ask(url, "GET", "/v1/assets");
      const studio = await ask(url, "GET", "/studio", undefined, withCookie);
      const header = (name: string, ...answers: { headers: Headers }[]): string[] =>
        answers.map(({ headers }) => headers.get(name) ?? "none");
      const kept = header("Cache-Control", studio).map((text) =>
        text.includes("no-store") ? "no-store" : text,
      );
      return [
        {
          ...{ kind: "one of", what: "X-Content-Type-Options" },
          ...{ got: header("X-Content-Type-Options", api, refused, studio), allowed: ["nosniff"] },
        },
        { kind: "one of", what: "the studio may be kept", got: kept, allowed: ["no-store"] },
      ];
    },
  },
  {
    name: "cross-site",
    tries: "writes with a cookie that another site's page sends",
    run: async (target) => {
      const { url, key } = target.neighbour;
      const { cookie } = await signIn(url, key);
      const pages: Record<string, string>[] = [
        { "Sec-Fetch-Site": "cross-site" },
        { "Sec-Fetch-Site": "same-site" },
        { Origin: "https://evil.example" },
        { Origin: "null" },
        {},
      ];
      const got: number[] = [];
      for (const page of pages) {
        const headers = { ...page, Cookie: cookie ?? "" };
        got.push((await ask(url, "POST", "/v1/signing-keys", { name: "x" }, headers)).status);
      }
      return [{ kind: "one of", what: "answers", got, allowed: [403] }];
    },
  },
];

/** What tries keys until an address has no tries left: to be run late. */
export const guessAttacks: Attack[] = [
  {
    name: "wrong-keys",
    tries: "200 wrong keys and 40 wrong sign-ins from one address",
    run: async (target) => {
      const { url } = target.attacker;
      const bearers: number[] = [];
      const later: string[] = [];
      for (let nth = 0; nth < 200; nth++) {
        const answer = await askAs({ url, key: `mqk_${target.seed}-wrong-${nth}` }, "GET", "/v1/assets");
        bearers.push(answer.status);
        if (answer.status === 429) later.push(answer.headers.get("Retry-After") === null ? "no" : "yes");
      }
      const signIns: number[] = [];
      for (let nth = 0; nth < 40; nth++) {
        signIns.push((await signIn(url, `mqk_${target.seed}-guess-${nth}`)).answer.status);
      }
      const refused = (statuses: number[]): number => statuses.filter((status) => status === 429).length;
      return [
        { kind: "one of", what: "wrong keys", got: bearers, allowed: [401, 429] },
        { kind: "at least", what: "refused as too many", got: refused(bearers), limit: 100, unit: "keys" },
        { kind: "one of", what: "Retry-After with it", got: later, allowed: ["yes"] },
        { kind: "at least", what: "and", got: refused(signIns), limit: 15, unit: "sign-ins" },
      ];
    },
  },
];

/** A playback token as a producer signs it (docs/api.md, signing keys). */
function tokenOf({ kid, private_key }: z.infer<typeof madeSigner>, asset: string): string {
  const iat = Math.floor(Date.now() / 1000);
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const head = part({ alg: "EdDSA", typ: "JWT", kid });
  const signed = `${head}.${part({ aud: "marquee-playback", asset, iat, exp: iat + 3600 })}`;
  const key = createPrivateKey({ key: private_key, format: "jwk" });
  return `${signed}.${sign(null, Buffer.from(signed), key).toString("base64url")}`;
}
