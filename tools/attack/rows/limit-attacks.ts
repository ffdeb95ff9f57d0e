/** How much one producer may take of what is there for all: rows, keys, sessions. */
import { z } from "zod";
import { askAs, codeOf, read } from "../stage/ask.ts";
import { databaseBytes } from "../stage/folder-bytes.ts";
import { publishFilm } from "../stage/publish-film.ts";
import type { Attack } from "../stage/row.ts";
import { signIn } from "../stage/sign-in.ts";
import { guessAttacks } from "./key-attacks.ts";

const versions = z.object({
  versions: z.array(z.unknown()),
});

/** See the head of this file. */
export const limitAttacks: Attack[] = [
  {
    name: "same-policy",
    tries: "the same policy of 50 kB written 150 times",
    run: async (target) => {
      const { titleId } = await publishFilm(target, target.attacker, "policy");
      const groups = Object.fromEntries(
        Array.from({ length: 90 }, (_, nth) => [
          `group-${nth}`,
          Array.from({ length: 90 }, () => ["DE", "FR"][nth % 2]),
        ]),
      );
      const rules = [{ name: "one", territories: ["group-0"], deny: true }];
      const at = `/v1/titles/${titleId}/policy`;
      const before = databaseBytes(target.state);
      const got: number[] = [];
      for (let nth = 0; nth < 150; nth++) {
        got.push((await askAs(target.attacker, "PUT", at, { groups, rules }, { "If-Match": "*" })).status);
      }
      const listed = read(await askAs(target.attacker, "GET", `${at}/versions?limit=100`), versions);
      const kept = listed.versions.length;
      return [
        { kind: "one of", what: "answers", got, allowed: [200, 201, 204, 429] },
        { kind: "at most", what: "versions", got: kept, limit: 1, unit: "" },
        { kind: "at least", what: "versions", got: kept, limit: 1, unit: "" },
        {
          kind: "at most",
          what: "the database grew by",
          got: (databaseBytes(target.state) - before) / 1e6,
          limit: 1,
          unit: "MB",
        },
      ];
    },
  },
  {
    name: "signing-keys",
    tries: "30 signing keys, and 30 that are added and revoked",
    run: async (target) => {
      const kids: string[] = [];
      const codes: string[] = [];
      for (let nth = 0; nth < 30; nth++) {
        const answer = await askAs(target.attacker, "POST", "/v1/signing-keys", { name: `k${nth}` });
        const kid = z
          .object({ kid: z.string() })
          .safeParse(answer.text.startsWith("{") ? JSON.parse(answer.text) : {});
        if (kid.success) kids.push(kid.data.kid);
        else codes.push(codeOf(answer));
      }
      for (const kid of kids) await askAs(target.attacker, "DELETE", `/v1/signing-keys/${kid}`);
      return [
        { kind: "at most", what: "in force", got: kids.length, limit: 10, unit: "" },
        { kind: "one of", what: "then", got: codes, allowed: ["too_many_signing_keys", "rate_limited"] },
      ];
    },
  },
  {
    name: "sessions",
    tries: "30 sign-ins with a good key within a minute",
    run: async (target) => {
      const got: number[] = [];
      for (let nth = 0; nth < 30; nth++)
        got.push((await signIn(target.attacker.url, target.attacker.key)).answer.status);
      const admitted = got.filter((status) => status === 303).length;
      return [
        { kind: "one of", what: "answers", got, allowed: [303, 429] },
        { kind: "at most", what: "sign-ins within a minute", got: admitted, limit: 20, unit: "" },
      ];
    },
  },
  ...guessAttacks,
];
