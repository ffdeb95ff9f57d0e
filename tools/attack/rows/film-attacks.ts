/** Hostile films, one after another: each must come to its own end soon, and cost nobody else anything. */
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { drawMatroska } from "../films/draw-matroska.ts";
import { allHostileKinds, drawHostileFilm, type HostileKind, hostileKinds } from "../films/hostile-films.ts";
import { askAs, codeOf, read } from "../stage/ask.ts";
import { folderBytes } from "../stage/folder-bytes.ts";
import type { Observation } from "../stage/judge.ts";
import type { Attack } from "../stage/row.ts";
import { endOf, lookAt, offerFilm, sendFilm } from "../stage/send-film.ts";
import type { Target } from "../stage/target.ts";
import { watchTarget } from "../stage/watch-target.ts";

/** What a tool's log must never show: addresses of our own, and signed grants. */
const internals = [/\/internal\//, /eyJ[\w-]{6}/, /https?:\/\/(127\.0\.0\.1|localhost)/];

/** The ends that are right for each. `task_keeps_dying` is never one: somebody must have understood what came. */
const rightEnds: Record<HostileKind, readonly string[]> = {
  backslashes: ["ready"],
  bomb: ["ready", "damaged", "too_large"],
  "track-title": ["ready"],
  "track-language": ["ready"],
  "no-index": ["damaged", "truncated", "unsupported_container"],
  "deep-boxes": ["damaged", "no_video", "too_many_streams", "unsupported_container", "truncated"],
  "many-tracks": ["too_many_streams", "damaged"],
  "long-still": ["ready", "too_large", "too_long"],
  "huge-header": ["too_large", "damaged", "unsupported_codec", "no_video"],
  endless: ["too_long", "bad_timestamps", "damaged"],
};

/** Within this a film is done, milliseconds; of an hour of 8K nobody asks for its end, only that others live. */
const withinMs: Partial<Record<HostileKind, number>> = { bomb: 100_000 };
const usualMs = 90_000;

/** Longest time without a healthy answer of the transcoder, milliseconds. */
const longestSilenceMs = 10_000;
/** Sources and everything made of them: the largest source has 18 MB. */
const mostStoredMegabytes = 50;
const mostTranscoderBytes = 2_500_000_000;

/** One attack for each kind. */
export const filmAttacks: Attack[] = allHostileKinds.map((kind) => ({
  name: `film-${kind}`,
  tries: `a film with ${hostileKinds[kind]}`,
  run: async (target) => await attackWith(target, kind),
}));

async function attackWith(target: Target, kind: HostileKind): Promise<Observation[]> {
  const file = await drawHostileFilm(target.folder, kind, target.seed);
  const storage = path.join(target.state, "v3", "r2");
  const before = folderBytes(storage);
  const watch = watchTarget(target);
  const assetId = await sendFilm(target.attacker, file);
  rmSync(file);
  const startedAt = Date.now();
  const isLong = kind === "long-still";
  const end = await endOf(target.attacker, assetId, isLong ? 20_000 : (withinMs[kind] ?? usualMs));
  const stored = folderBytes(storage) - before;
  const seen = watch.stop();
  const account = await askAs(target.attacker, "GET", `/v1/assets/${assetId}`);
  const film = await lookAt(target.attacker, assetId);
  await askAs(target.attacker, "DELETE", `/v1/assets/${assetId}`);
  // One that holds is in nobody's way after that; one that does not must not spoil the rows that follow.
  if (end === null) target.stack.transcoder.crash();
  return [
    ...(isLong ? [] : [ending(end, kind)]),
    limit("until then", (Date.now() - startedAt) / 1000, (withinMs[kind] ?? usualMs) / 1000, "s"),
    limit("transcoder silent", seen.longestSilenceMs / 1000, longestSilenceMs / 1000, "s"),
    limit("its memory", seen.mostBytes / 1e6, mostTranscoderBytes / 1e6, "MB"),
    limit("its deaths", seen.deaths, 0, ""),
    limit("stored", stored / 1e6, mostStoredMegabytes, "MB"),
    limit("what the API tells", account.text.length / 1000, 100, "kB"),
    { kind: "tells nothing", what: "its log", text: film.error?.log ?? "", secrets: internals },
  ];
}

function ending(end: string | null, kind: HostileKind): Observation {
  return { kind: "one of", what: "end", got: [end], allowed: rightEnds[kind] };
}

function limit(what: string, got: number, most: number, unit: string): Observation {
  return { kind: "at most", what, got, limit: most, unit };
}

/** Words that come with an upload, and what may become of them. */
export const wordAttacks: Attack[] = [
  {
    name: "language-tags",
    tries: "uploads in valid but private languages: de-x-foo, en-u-ca-buddhist",
    run: async (target) => {
      const ends: (string | null)[] = [];
      for (const language of ["de-x-foo", "en-u-ca-buddhist"]) {
        const file = await drawMatroska(path.join(target.folder, "tag"), 10 + ends.length, { seconds: 6 });
        const assetId = await sendFilm(target.attacker, file, { language });
        ends.push(await endOf(target.attacker, assetId, usualMs));
        await askAs(target.attacker, "DELETE", `/v1/assets/${assetId}`);
      }
      return [{ kind: "one of", what: "ends", got: ends, allowed: ["ready"] }];
    },
  },
  {
    name: "file-names",
    tries: "file names that are cut inside a character, and with signs that turn text round",
    run: async (target) => {
      const titles: string[] = [];
      const file = await drawMatroska(path.join(target.folder, "name"), 20, { seconds: 6 });
      for (const filename of [`${"a".repeat(199)}\u{1f600}${"b".repeat(20)}.mp4`, "abc\u202egpj.mp4"]) {
        const answer = await offerFilm(target.attacker, readFileSync(file), { filename });
        const assetId = answer.headers.get("Marquee-Asset-Id");
        if (assetId === null) {
          titles.push(`refused as ${codeOf(answer)}`);
          continue;
        }
        const { title_id } = await lookAt(target.attacker, assetId);
        const title = await askAs(target.attacker, "GET", `/v1/titles/${title_id}`);
        titles.push(read(title, z.object({ title: z.string() })).title);
        await askAs(target.attacker, "DELETE", `/v1/assets/${assetId}`);
      }
      const secrets = [/\ufffd/, /[\u202a-\u202e\u2066-\u2069]/, /[\ud800-\udbff](?![\udc00-\udfff])/];
      return [
        {
          kind: "tells nothing",
          what: `titles (…${titles.map((one) => one.slice(-12)).join(", …")})`,
          text: titles.join("\n"),
          secrets,
        },
      ];
    },
  },
];
