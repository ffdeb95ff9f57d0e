/** `npm run bench -- encode`: what our whole pipeline costs beside bare FFmpeg, on this machine. See `--help`. */
import "./local/exit-with-parent.ts";
import path from "node:path";
import { benchEncode } from "./bench/bench-encode.ts";
import { runScript, StopSentence } from "./local/stop-sentence.ts";
import { ensureTools } from "./local/tools.ts";

const usage = `npm run bench -- encode [--source FILE] [--runs N] [--json FILE]

  Encodes one film to its whole ladder in three ways, in turn, on this machine:
    a  one bare FFmpeg command for all rungs
    b  one FFmpeg per rung, one after another
    c  Marquee: from the notification that the source is there to the whole published ladder
  --source  the film; without it a minute of 1080p that FFmpeg draws
  --runs    how often each way is measured, 3 unless said; one more run of c warms up
  --json    also writes all figures to this file
`;

await runScript(async () => {
  const [what, ...options] = process.argv.slice(2);
  if (what !== "encode" || options.includes("--help")) {
    process.stdout.write(usage);
    return what === "--help" || options.includes("--help") ? 0 : 1;
  }
  ensureTools("ffmpeg", "ffprobe");
  const folder = process.env.INIT_CWD ?? process.cwd();
  const source = optionOf(options, "--source");
  const json = optionOf(options, "--json");
  const runs = Number(optionOf(options, "--runs") ?? 3);
  if (!Number.isInteger(runs) || runs < 1) throw new StopSentence("--runs takes a number of at least 1.");
  return await benchEncode({
    source: source === null ? null : path.resolve(folder, source),
    json: json === null ? null : path.resolve(folder, json),
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
