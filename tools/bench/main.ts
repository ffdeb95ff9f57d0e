/** `npm run bench -- encode` and the others: measures Marquee beside the barest way, on this machine. See `--help`. */
import "../../scripts/local/exit-with-parent.ts";
import path from "node:path";
import { ensureTools } from "../../scripts/local/tools.ts";
import { runScript, UserError } from "../../scripts/local/user-error.ts";
import { benchEdge } from "./edge/bench-edge.ts";
import { benchEarlyPublish } from "./encode/bench-early-publish.ts";
import { benchEncode } from "./encode/bench-encode.ts";
import { benchScale } from "./scale/bench-scale.ts";
import { benchStartup } from "./startup/bench-startup.ts";

const usage = `npm run bench -- encode [--source FILE] [--runs N] [--json FILE]
npm run bench -- early-publish [--runs N] [--json FILE]
npm run bench -- edge [--rounds N] [--seconds N] [--json FILE]
npm run bench -- startup [--runs N] [--json FILE]
npm run bench -- scale [--titles N] [--json FILE]

encode
  Encodes one film to its whole ladder in three ways, in turn, on this machine:
    a  one bare FFmpeg command for all rungs
    b  one FFmpeg per rung, one after another
    c  Marquee: from the notification that the source is there to the whole published ladder
  --source  the film; without it a minute of 1080p that FFmpeg draws
  --runs    how often each way is measured, 3 unless said; one more run of c warms up
  --json    also writes all figures to this file

early-publish
  Measures how soon a film of twelve chunks plays on a fleet of one transcoder, in proportion to its whole ladder: one
  whose own pictures play first, and one that gets a small rung first.
  --runs    how often each, once unless said

edge
  Puts three servers of the same bytes under the same load, in turn: our gateway, a Worker that just returns them from
  its memory, and nginx. Ends with 1 when the gateway misses its goals.
  --rounds   how often, 5 unless said
  --seconds  how long each is under load, 4 unless said

startup
  Plays one film in Chromium from Marquee's watch page and from a bare hls.js page on nginx, in turn, each time with a
  fresh profile: from the click to the first frame, and from a seek to its frame. Ends with 1 when a goal is missed.
  --runs  how often each, 20 unless said

scale
  Seeds libraries of 100 titles and of many, and measures what every page, list, step of the cron, search and claim asks of
  D1 in each: rows, statements, SQLite's time, bytes; and what a day of them costs. Ends with 1 when something
  grows, or reads more rows than it may.
  --titles  titles of the large library, 10000 unless said; a million takes some minutes and 6 GB
`;

await runScript(async () => {
  const [what, ...options] = process.argv.slice(2);
  if (
    !["encode", "early-publish", "edge", "startup", "scale"].includes(what ?? "") ||
    options.includes("--help")
  ) {
    process.stdout.write(usage);
    return what === "--help" || options.includes("--help") ? 0 : 1;
  }
  const folder = process.env.INIT_CWD ?? process.cwd();
  const source = optionOf(options, "--source");
  const file = optionOf(options, "--json");
  const json = file === null ? null : path.resolve(folder, file);
  if (what === "edge") {
    const rounds = countOf(options, "--rounds", 5);
    return await benchEdge({ rounds, seconds: countOf(options, "--seconds", 4), json });
  }
  if (what === "startup") return await benchStartup({ runs: countOf(options, "--runs", 20), json });
  if (what === "scale") {
    return await benchScale({ sizes: [100, countOf(options, "--titles", 10_000)], json });
  }
  ensureTools("ffmpeg", "ffprobe");
  const runs = countOf(options, "--runs", what === "encode" ? 3 : 1);
  if (what === "early-publish") return await benchEarlyPublish({ json, runs });
  return await benchEncode({ source: source === null ? null : path.resolve(folder, source), json, runs });
});

function countOf(options: string[], name: string, otherwise: number): number {
  const count = Number(optionOf(options, name) ?? otherwise);
  if (!Number.isInteger(count) || count < 1) throw new UserError(`${name} takes a number of at least 1.`);
  return count;
}

function optionOf(options: string[], name: string): string | null {
  const at = options.indexOf(name);
  if (at === -1) return null;
  const value = options[at + 1];
  if (value === undefined) throw new UserError(`${name} needs a value. See npm run bench -- --help`);
  return value;
}
