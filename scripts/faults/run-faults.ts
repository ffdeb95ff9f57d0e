/**
 * A fault run: the real stack, real films, and a controller that lets its surroundings fail. While films are uploaded and
 * encoded, processes are killed and stored segments damaged; then everything is left in peace, must come to its end, and
 * is looked at from outside.
 */
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "../local/free-port.ts";
import { type Stack, startStack } from "../local/stack.ts";
import { countRepeats } from "./count-repeats.ts";
import { faultKinds, planEvents, shareFaults } from "./decide-fault.ts";
import { deleteAsset, endingOf, verifiedAt } from "./fault-client.ts";
import { type FaultController, startFaultController } from "./fault-controller.ts";
import { drawFilm, filmOf } from "./fault-films.ts";
import { judgeStorage } from "./judge-storage.ts";
import { readFinalState } from "./read-final-state.ts";
import { chance } from "./seeded-random.ts";
import { uploadStubbornly } from "./upload-stubbornly.ts";

/** What to run. */
export interface FaultRun {
  seed: number;
  /** How many faults, about, and at least how many films. */
  faults: number;
  assets: number;
  /** After this long the run ends whatever has not ended, milliseconds. */
  patienceMs: number;
  say(line: string): void;
}

/** What came of it. */
export interface FaultVerdict {
  faults: Record<string, number>;
  /** Films by how they had to end and did: `ready`, `errored`, `deleted`. */
  ended: { ready: number; errored: number; deleted: number };
  /** Films that ended otherwise, or not at all. */
  wrong: string[];
  lost: string[];
  chunks: { begun: number; repeated: number; mayRepeat: number };
  dangling: string[];
  missing: string[];
  deadLetters: number;
  seconds: number;
  /** Where logs and state are; null when all went well, and nothing was kept. */
  kept: string | null;
}

/** A film on its way. */
interface Entry {
  nth: number;
  expected: string;
  assetId: string | null;
  ending: string | null;
  /** Unix milliseconds; 0 until it has ended. */
  endedAt: number;
}

const concurrentFilms = 4;
const pollMs = 700;

/** How long after its end the storage of a film is tidy, with a run of the cron: attempts that still ran have noticed. */
const tidiedMs = { errored: 45_000, deleted: 75_000 };

/** Runs it. @throws Error when the stack can't be started. */
export async function runFaults(run: FaultRun): Promise<FaultVerdict> {
  const startedAt = Date.now();
  const deadline = startedAt + run.patienceMs;
  const folder = mkdtempSync(path.join(tmpdir(), "marquee-faults-"));
  const logs = path.join(folder, "logs");
  mkdirSync(logs);
  const shares = shareFaults(run.faults);
  const entries: Entry[] = [];
  let onPut = (_: number): void => {};
  const controller = await startFaultController(
    run.seed,
    (line) => appendFileSync(path.join(logs, "faults.log"), `${line}\n`),
    (nth) => onPut(nth),
  );
  const stack = await startStack({
    port: await freePort(),
    state: path.join(folder, "state"),
    logs,
    onTrouble: (line) => appendFileSync(path.join(logs, "trouble.log"), `${line}\n`),
    vars: {
      FAULTS: controller.url,
      STALE_QUEUE_SECONDS: "8",
      SCRUB_AFTER_SECONDS: "5",
      CHUNK_SEGMENTS: "2",
      FIRST_PLAY_AFTER_SECONDS: "0",
    },
  });
  if (stack === null) throw new Error("Marquee was told to stop while it started.");
  onPut = disturber(run.seed, shares, stack, controller, entries);
  try {
    const isEnough = () =>
      Date.now() > deadline - run.patienceMs / 4 ||
      entries.length >= run.assets * 3 ||
      (entries.length >= run.assets && total(controller) >= run.faults);
    await Promise.all(
      Array.from({ length: concurrentFilms }, () =>
        bringFilms(run, stack, folder, entries, isEnough, deadline),
      ),
    );
    controller.rest();
    run.say(`${total(controller)} faults over ${entries.length} films; now in peace …`);
    await settle(stack, controller, entries, deadline);
  } finally {
    await stack.stop();
    controller.close();
  }
  const verdict = await judge(run, folder, logs, controller, entries, Date.now() - startedAt);
  const good = isGood(verdict);
  if (good) rmSync(folder, { recursive: true, force: true });
  return { ...verdict, kept: good ? null : folder };
}

/** Whether nothing went wrong. */
export function isGood(verdict: FaultVerdict): boolean {
  const { wrong, lost, dangling, missing, chunks } = verdict;
  const bad = wrong.length + lost.length + dangling.length + missing.length;
  return bad === 0 && chunks.repeated <= chunks.mayRepeat;
}

/** Uploads one film after another and follows each to its end. Every tenth is deleted on its way. */
async function bringFilms(
  run: FaultRun,
  stack: Stack,
  folder: string,
  entries: Entry[],
  isEnough: () => boolean,
  deadline: number,
): Promise<void> {
  while (!isEnough()) {
    const nth = entries.length;
    const film = filmOf(run.seed, nth);
    const isDeleted = nth % 10 === 6;
    const entry: Entry = {
      nth,
      expected: isDeleted ? "deleted" : film.end,
      assetId: null,
      ending: null,
      endedAt: 0,
    };
    entries.push(entry);
    const file = await drawFilm(folder, film, nth);
    entry.assetId = await uploadStubbornly(stack, file, `Film ${nth}: ${film.shape}`);
    rmSync(file);
    if (isDeleted) {
      await wait(chance(run.seed, "delete", nth) * 10_000);
      while (Date.now() < deadline && !(await deleteAsset(stack, entry.assetId))) await wait(pollMs);
      entry.ending = "deleted";
      entry.endedAt = Date.now();
      continue;
    }
    while (Date.now() < deadline && entry.ending === null) {
      await wait(pollMs);
      entry.ending = await endingOf(stack, entry.assetId);
    }
    entry.endedAt = Date.now();
    run.say(`film ${nth} (${film.shape}, ${film.seconds} s): ${entry.ending ?? "no end"}`);
  }
}

/** Waits until every film has ended, and every published one was verified after the last damage. */
async function settle(
  stack: Stack,
  controller: FaultController,
  entries: Entry[],
  deadline: number,
): Promise<void> {
  for (const entry of entries) {
    if (entry.assetId === null || entry.ending === "deleted") continue;
    entry.ending = null;
    while (Date.now() < deadline) {
      entry.ending = await endingOf(stack, entry.assetId);
      const isVerified =
        entry.ending !== "ready" || (await verifiedAt(stack, entry.assetId)) > controller.damagedAt();
      if (entry.ending !== null && isVerified) break;
      await wait(pollMs);
    }
  }
  const tidied = entries.map(({ ending, endedAt }) =>
    ending === "ready" ? 0 : endedAt + (ending === "deleted" ? tidiedMs.deleted : tidiedMs.errored),
  );
  await wait(Math.max(0, Math.min(Math.max(0, ...tidied), deadline) - Date.now()));
}

/** Kills processes and orders damage when their puts come. */
function disturber(
  seed: number,
  shares: ReturnType<typeof shareFaults>,
  stack: Stack,
  controller: FaultController,
  entries: Entry[],
): (nth: number) => void {
  const transcoderKills = planEvents(seed, "kill transcoder", shares.killTranscoder, 30);
  const workerKills = planEvents(seed, "kill worker", shares.killWorker, 80);
  const damages = planEvents(seed, "damage", shares.damage, 50);
  const hows = ["corrupt", "truncate", "delete"] as const;
  let damaged = 0;
  return (nth) => {
    if (transcoderKills.includes(nth)) {
      controller.note("kill transcoder", `at put ${nth}`);
      stack.transcoder.crash();
    }
    if (workerKills.includes(nth)) {
      controller.note("kill worker", `at put ${nth}`);
      stack.worker.crash();
    }
    const ready = entries.filter(({ ending }) => ending === "ready");
    const victim = ready[Math.floor(chance(seed, "victim", damaged) * ready.length)];
    // One that comes before any film is published waits for the next put after that.
    if (nth < (damages[damaged] ?? Number.POSITIVE_INFINITY) || victim?.assetId == null) return;
    const how = hows[damaged % hows.length] ?? "delete";
    controller.order({ assetId: victim.assetId, pick: chance(seed, "pick", damaged), how });
    damaged += 1;
  };
}

function total(controller: FaultController): number {
  return controller.counts.values().reduce((sum, count) => sum + count, 0);
}

async function judge(
  run: FaultRun,
  folder: string,
  logs: string,
  controller: FaultController,
  entries: Entry[],
  elapsedMs: number,
): Promise<FaultVerdict> {
  const state = await readFinalState(path.join(folder, "state"));
  const count = (kind: (typeof faultKinds)[number]): number => controller.counts.get(kind) ?? 0;
  const { begun, repeated } = countRepeats(readFileSync(path.join(logs, "transcoder.log"), "utf8"));
  const damages = count("damage corrupt") + count("damage truncate") + count("damage delete");
  const asExpected = entries.filter(({ ending, expected }) => ending === expected);
  const ids = new Set(state.assets.map(({ id }) => id));
  run.say(`seed ${run.seed}`);
  return {
    faults: Object.fromEntries(faultKinds.map((kind) => [kind, count(kind)])),
    ended: {
      ready: asExpected.filter(({ expected }) => expected === "ready").length,
      errored: asExpected.filter(({ expected }) => expected !== "ready" && expected !== "deleted").length,
      deleted: asExpected.filter(({ expected }) => expected === "deleted").length,
    },
    wrong: entries
      .filter(({ ending, expected, assetId }) => ending !== expected && assetId !== null && ids.has(assetId))
      .map(({ nth, assetId, ending, expected }) => `film ${nth} (${assetId}): ${ending}, not ${expected}`),
    lost: entries
      .filter(({ assetId }) => assetId === null || !ids.has(assetId))
      .map(({ nth, assetId }) => `film ${nth} (${assetId})`),
    chunks: { begun, repeated, mayRepeat: count("kill transcoder") + count("kill worker") + damages },
    ...judgeStorage(state),
    deadLetters: state.deadLetters,
    seconds: Math.round(elapsedMs / 1000),
    kept: null,
  };
}
