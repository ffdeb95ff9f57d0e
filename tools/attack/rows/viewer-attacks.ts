/** What viewers, and other producers, could learn of a film that is not for them. */
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { drawHostileFilm } from "../films/hostile-films.ts";
import { ask, askAs, codeOf, read } from "../stage/ask.ts";
import { residentBytesOf } from "../stage/process-tree.ts";
import { publishFilm } from "../stage/publish-film.ts";
import { rawStatus } from "../stage/raw-request.ts";
import type { Attack } from "../stage/row.ts";
import { endOf, lookAt, sendFilm } from "../stage/send-film.ts";

const playback = z.object({
  playback_url: z.string(),
  dash_url: z.string().nullish(),
  poster_url: z.string().nullish(),
});
const explained = z.object({ playback: z.unknown() });

/** A change reaches everybody within this, milliseconds (docs/security.md). */
const changeMs = 16_000;

/** See the head of this file. */
export const viewerAttacks: Attack[] = [
  {
    name: "explain-oracle",
    tries: "another producer's token in `explain` of an own title, to read their territories and dates",
    run: async (target) => {
      const theirs = await publishFilm(target, target.neighbour, "theirs");
      const own = await publishFilm(target, target.attacker, "own");
      const { playback_url } = read(
        await ask(target.attacker.url, "POST", "/v1/playback", { title: theirs.titleId }),
        playback,
      );
      const token = /\/v\/([^/]+)\//.exec(playback_url)?.[1] ?? "";
      const rules = [
        { name: "later", territories: ["JP"], windows: [{ opens: "2037-03-01T00:00Z" }] },
        { name: "never", territories: ["FR"], deny: true },
      ];
      const path = `/v1/titles/${theirs.titleId}/policy`;
      const written = await askAs(target.neighbour, "PUT", path, { rules }, { "If-Match": "*" });
      const answers: string[] = [];
      for (const country of ["JP", "FR", "DE", "XX"]) {
        const query = `country=${country}&token=${token}&asn=3320&ip=203.0.113.9`;
        const answer = await askAs(
          target.attacker,
          "GET",
          `/v1/titles/${own.titleId}/policy/explain?${query}`,
        );
        const told = JSON.stringify(read(answer, explained).playback);
        answers.push(told.includes("token_foreign") ? "token_foreign" : told.slice(0, 80));
      }
      return [
        { kind: "one of", what: "writing their rules", got: [written.status], allowed: [200, 201, 204] },
        { kind: "one of", what: "JP, FR, DE, XX", got: answers, allowed: ["token_foreign"] },
      ];
    },
  },
  {
    name: "withheld-poster",
    tries: "the known address of a poster after its title was withheld, then opened in the future only",
    run: async (target) => {
      const film = await publishFilm(target, target.neighbour, "withheld");
      const { url } = target.attacker;
      const opened = await ask(url, "POST", "/v1/playback", { title: film.titleId });
      const { poster_url, playback_url } = read(opened, playback);
      if (poster_url == null) throw new Error("The film has no poster.");
      const before = await ask(url, "GET", poster_url);
      const got: string[] = [];
      const policies = [
        [{ name: "withheld", deny: true }],
        [{ name: "later", windows: [{ opens: "2037-03-01T00:00Z" }] }],
      ];
      for (const rules of policies) {
        const path = `/v1/titles/${film.titleId}/policy`;
        await askAs(target.neighbour, "PUT", path, { rules }, { "If-Match": "*" });
        await wait(changeMs);
        for (const address of [poster_url, playback_url]) got.push(codeOf(await ask(url, "GET", address)));
      }
      const keeps = before.headers.get("Cache-Control") ?? "none";
      return [
        { kind: "one of", what: "before", got: [before.status], allowed: [200] },
        { kind: "tells nothing", what: "caches may keep it", text: keeps, secrets: [/public/] },
        { kind: "one of", what: "after", got, allowed: ["withheld", "not_yet_available"] },
      ];
    },
  },
  {
    name: "foreign-host",
    tries: "a title that one page may play, asked for under another Host",
    run: async (target) => {
      const film = await publishFilm(target, target.neighbour, "pages");
      const body = { allowed_origins: ["https://ok.example"], allows_native_players: false };
      const set = await askAs(target.neighbour, "PATCH", `/v1/titles/${film.titleId}`, body);
      await wait(changeMs);
      const json = JSON.stringify({ title: film.titleId });
      const got: number[] = [];
      for (const host of ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example"]) {
        const headers = { Host: host, Origin: `http://${host}`, "Content-Type": "application/json" };
        got.push(await rawStatus(target.attacker.url, "POST", "/v1/playback", headers, json));
      }
      return [
        { kind: "one of", what: "setting it", got: [set.status], allowed: [200] },
        { kind: "one of", what: "answers", got, allowed: [403, 421] },
      ];
    },
  },
  {
    name: "whole-subtitles",
    tries: "four whole subtitle files of a bomb at the same moment",
    run: async (target) => {
      const file = await drawHostileFilm(target.folder, "bomb", target.seed, 5);
      const assetId = await sendFilm(target.attacker, file);
      const end = await endOf(target.attacker, assetId, 240_000);
      if (end !== "ready")
        return [{ kind: "one of", what: "end", got: [end], allowed: ["damaged", "too_large"] }];
      const { title_id } = await lookAt(target.attacker, assetId);
      const opened = await ask(target.attacker.url, "POST", "/v1/playback", { title: title_id });
      const { dash_url } = read(opened, playback);
      const manifest = await ask(target.attacker.url, "GET", dash_url ?? "");
      const names = [...manifest.text.matchAll(/>([^<>]{1,4000}whole\.vtt)</g)].flatMap(
        ([, name]) => name ?? [],
      );
      if (names.length === 0) throw new Error("The manifest names no whole subtitles.");
      const before = residentBytesOf(target.workerTree());
      const wholes = await Promise.all(
        names.map((name) => ask(target.attacker.url, "GET", new URL(name, dash_url ?? "").href)),
      );
      const grown = residentBytesOf(target.workerTree()) - before;
      await askAs(target.attacker, "DELETE", `/v1/assets/${assetId}`);
      const largest = Math.max(...wholes.map(({ text }) => text.length));
      return [
        {
          kind: "one of",
          what: "answers",
          got: wholes.map(({ status }) => status),
          allowed: [200, 413, 422, 404],
        },
        { kind: "at most", what: "the largest", got: largest / 1e6, limit: 4.2, unit: "MB" },
        { kind: "at most", what: "the Worker grew by", got: grown / 1e6, limit: 100, unit: "MB" },
      ];
    },
  },
  {
    name: "made-up-images",
    tries: "2,000 images of films that do not exist, then a film that does",
    run: async (target) => {
      const film = await publishFilm(target, target.neighbour, "images");
      const { url } = target.attacker;
      const opened = await ask(url, "POST", "/v1/playback", { title: film.titleId });
      const { poster_url } = read(opened, playback);
      const got: number[] = [];
      for (let batch = 0; batch < 100; batch++) {
        const answers = Array.from({ length: 20 }, (_, nth) =>
          ask(url, "GET", `/images/ast_${madeUp(target.seed, batch * 20 + nth)}/p/poster-640.jpg`),
        );
        got.push(...(await Promise.all(answers)).map(({ status }) => status));
      }
      const real = await ask(url, "GET", poster_url ?? "/images/none");
      return [
        { kind: "one of", what: "made up", got, allowed: [404, 429] },
        { kind: "one of", what: "a real one after it", got: [real.status], allowed: [200] },
      ];
    },
  },
];

/** Twenty letters that look like an id's. */
function madeUp(seed: number, nth: number): string {
  return `${(seed + 1).toString(36)}x${nth.toString(36)}`.padEnd(20, "z").slice(0, 20);
}
