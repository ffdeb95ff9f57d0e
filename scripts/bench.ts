/** `npm run bench -- encode` and the others: what Marquee costs beside the barest way, on this machine. See `--help`. */
import "./local/exit-with-parent.ts";
import path from "node:path";
import { benchEncode } from "./bench/bench-encode.ts";
import { benchFirstPlay } from "./bench/bench-first-play.ts";
import { runScript, StopSentence } from "./local/stop-sentence.ts";
import { ensureTools } from "./local/tools.ts";

const usage = `npm run bench -- encode [--source FILE] [--runs N] [--json FILE]
npm run bench -- first-play [--runs N] [--json FILE]

encode
  Encodes one film to its whole ladder in three ways, in turn, on this machine:
    a  one bare FFmpeg command for all rungs
    b  one FFmpeg per rung, one after another
    c  Marquee: from the notification that the source is there to the whole published ladder
  --source  the film; without it a minute of 1080p that FFmpeg draws
  --runs    how often each way is measured, 3 unless said; one more run of c warms up
  --json    also writes all figures to this file

first-play
  How soon a film of twelve chunks plays on a fleet of one transcoder, in proportion to its whole ladder: one whose own
  pictures are played first, and one that gets a small rung first. Once each unless --runs says more.
`;

await runScript(async () => {
  const [what, ...options] = process.argv.slice(2);
  if ((what !== "encode" && what !== "first-play") || options.includes("--help")) {
    process.stdout.write(usage);
    return what === "--help" || options.includes("--help") ? 0 : 1;
  }
  ensureTools("ffmpeg", "ffprobe");
  const folder = process.env.INIT_CWD ?? process.cwd();
  const source = optionOf(options, "--source");
  const json = optionOf(options, "--json");
  const runs = Number(optionOf(options, "--runs") ?? (what === "encode" ? 3 : 1));
  if (!Number.isInteger(runs) || runs < 1) throw new StopSentence("--runs takes a number of at least 1.");
  const figures = json === null ? null : path.resolve(folder, json);
  if (what === "first-play") return await benchFirstPlay({ json: figures, runs });
  return await benchEncode({
    source: source === null ? null : path.resolve(folder, source),
    json: figures,
    runs,
  });
});

function optionOf(options: string[], name: string): string | null {
  const at = options.indexOf(name);
  if (at === -1) return null;
  const value = options[at + 1];
  if (value === undefined)
    throw new StopSentence(`${name} needs a value. See npm run bench -- encode --help`);
  return value;
}
