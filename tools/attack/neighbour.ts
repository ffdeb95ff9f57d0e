/** The neighbour: a producer who has done nothing, while somebody else's hostile films of every kind are in work. */
import { rmSync } from "node:fs";
import path from "node:path";
import { runFfmpeg } from "../../scripts/local/demo-film.ts";
import { allHostileKinds, drawHostileFilm } from "./films/hostile-films.ts";
import { askAs } from "./stage/ask.ts";
import type { Observation } from "./stage/judge.ts";
import type { Attack } from "./stage/row.ts";
import { endOf, sendFilm } from "./stage/send-film.ts";
import type { Target } from "./stage/target.ts";
import { watchTarget } from "./stage/watch-target.ts";

const filmSeconds = 60;
const longestMs = 10 * 60_000;
/** The neighbour waits no longer than this many times as long as alone. */
const mostTimes = 1.5;
const mostTranscoderMegabytes = 2500;

/** See the head of this file. */
export const attackNeighbour: Attack = {
  name: "neighbour",
  tries: `a ${filmSeconds} s film of another producer while ten hostile films are in work`,
  run: async (target) => {
    const films = await Promise.all([1, 2].map((nth) => drawFilm(target, nth)));
    const hostile: string[] = [];
    for (const kind of allHostileKinds) {
      hostile.push(await drawHostileFilm(target.folder, kind, target.seed, 100));
    }
    const [first, second] = films;
    if (first === undefined || second === undefined) throw new Error("There is no film.");
    const alone = await timeOf(target, first);
    target.say(`  alone the neighbour's film took ${alone.seconds.toFixed(1)} s (${alone.end})`);
    const watch = watchTarget(target);
    const sent = await Promise.all(hostile.map((file) => sendFilm(target.attacker, file)));
    const beside = await timeOf(target, second);
    const seen = watch.stop();
    for (const file of [...films, ...hostile]) rmSync(file);
    await Promise.all(sent.map((id) => askAs(target.attacker, "DELETE", `/v1/assets/${id}`)));
    return observe(alone, beside, seen.mostBytes, seen.deaths);
  },
};

interface Timed {
  seconds: number;
  end: string | null;
}

function observe(alone: Timed, beside: Timed, mostBytes: number, deaths: number): Observation[] {
  return [
    { kind: "one of", what: "ends", got: [alone.end, beside.end], allowed: ["ready"] },
    {
      ...{
        kind: "at most",
        what: `beside them ${beside.seconds.toFixed(1)} s, alone ${alone.seconds.toFixed(1)} s`,
      },
      ...{ got: beside.seconds / alone.seconds, limit: mostTimes, unit: "times" },
    },
    {
      ...{ kind: "at most", what: "transcoder's memory" },
      ...{ got: mostBytes / 1e6, limit: mostTranscoderMegabytes, unit: "MB" },
    },
    { kind: "at most", what: "transcoder's own deaths", got: deaths, limit: 0, unit: "" },
  ];
}

async function timeOf(target: Target, file: string): Promise<Timed> {
  const startedAt = Date.now();
  const assetId = await sendFilm(target.neighbour, file);
  const end = await endOf(target.neighbour, assetId, longestMs);
  return { seconds: (Date.now() - startedAt) / 1000, end };
}

async function drawFilm(target: Target, nth: number): Promise<string> {
  const file = path.join(target.folder, `neighbour-${nth}.mp4`);
  const failure = await runFfmpeg([
    ...["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i"],
    `testsrc2=s=640x360:r=24:d=${filmSeconds},hue=h=${(target.seed + nth * 90) % 360}`,
    ...["-f", "lavfi", "-i", `sine=${300 + nth}:r=48000:d=${filmSeconds}`],
    ...["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "48", "-c:a", "aac", file],
  ]);
  if (failure !== null) throw new Error(`FFmpeg could not draw the neighbour's film: ${failure}`);
  return file;
}
