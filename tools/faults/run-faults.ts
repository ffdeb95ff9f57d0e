/**
 * A fault run: the real stack, real films, and a controller that lets its surroundings fail. While films are uploaded and
 * encoded, processes are killed and stored segments damaged; then everything is left in peace, must come to its end, and
 * is looked at from outside.
 */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "../../scripts/local/free-port.ts";
import { type Stack, startStack } from "../../scripts/local/stack.ts";
import { chance } from "../../test/support/random.ts";
import { checkRun, type FaultVerdict, type FilmEntry, isGood } from "./check-run.ts";
import { shareFaults } from "./decide-fault.ts";
import { deleteAsset, endingOf, undeleteAsset, verifiedAt } from "./fault-client.ts";
import { type FaultController, startFaultController } from "./fault-controller.ts";
import { drawFilm, filmOf } from "./fault-films.ts";
import { injectFaults } from "./inject-faults.ts";
import { loseDatabases } from "./lose-databases.ts";
import { uploadWithRetry } from "./upload-with-retry.ts";

/** One fault run. */
export interface FaultRun {
  seed: number;
  /** The approximate number of faults, and the least number of films. */
  faults: number;
  assets: number;
  /** True: at the end the database is emptied, and restored, under the films' buckets (some two minutes). */
  isWithLostDatabases: boolean;
  /** After this long the run ends whatever has not ended, milliseconds. */
  patienceMs: number;
  say(line: string): void;
}

const concurrentFilms = 4;
const pollMs = 700;

/**
 * Time after its end until a film's storage is tidy, with a run of the cron: attempts that still ran have noticed. A
 * published film's is when the cron has run once more after all have ended.
 */
const tidiedMs = { ready: 12_000, errored: 45_000, deleted: 75_000 };

/** Runs it. @throws Error when the stack can't be started. */
export async function runFaults(run: FaultRun): Promise<FaultVerdict> {
  const startedAt = Date.now();
  const deadline = startedAt + run.patienceMs;
  const folder = mkdtempSync(path.join(tmpdir(), "marquee-faults-"));
  const logs = path.join(folder, "logs");
  mkdirSync(logs);
  const shares = shareFaults(run.faults);
  const entries: FilmEntry[] = [];
  const trouble: string[] = [];
  let onPut = (_: number): void => {};
  const controller = await startFaultController(
    run.seed,
    (line) => appendFileSync(path.join(logs, "faults.log"), `${line}\n`),
    (nth) => onPut(nth),
  );
  const options = {
    port: await freePort(),
    state: path.join(folder, "state"),
    logs,
    onTrouble: (line: string) => appendFileSync(path.join(logs, "trouble.log"), `${line}\n`),
    vars: {
      FAULTS: controller.url,
      STALE_QUEUE_SECONDS: "8",
      SCRUB_AFTER_SECONDS: "5",
      CHUNK_SEGMENTS: "2",
      EARLY_PUBLISH_AFTER_SECONDS: "0",
    },
  };
  const stack = await startStack(options);
  if (stack === null) throw new Error("Marquee was told to stop while it started.");
  onPut = injectFaults(run.seed, shares, stack, controller, entries);
  try {
    const isEnough = () =>
      Date.now() > deadline - run.patienceMs / 4 ||
      entries.length >= run.assets * 3 ||
      (entries.length >= run.assets && total(controller) >= run.faults);
    await Promise.all(
      Array.from({ length: concurrentFilms }, () =>
        bringFilms(run, stack, folder, entries, controller, isEnough, deadline),
      ),
    );
    controller.rest();
    run.say(`${total(controller)} faults over ${entries.length} films; now in peace …`);
    await settle(stack, controller, entries, deadline);
    await stack.stop();
    if (run.isWithLostDatabases) trouble.push(...(await loseDatabases(options, controller, run.say)));
  } finally {
    await stack.stop();
    controller.close();
  }
  const checked = await checkRun(folder, controller, entries, Date.now() - startedAt);
  const verdict = { ...checked, missing: [...checked.missing, ...trouble] };
  const good = isGood(verdict);
  if (good) rmSync(folder, { recursive: true, force: true });
  return { ...verdict, kept: good ? null : folder };
}

/** Uploads one film after another and follows each to its end. Of ten one is deleted on its way, and one that and taken back. */
async function bringFilms(
  run: FaultRun,
  stack: Stack,
  folder: string,
  entries: FilmEntry[],
  controller: FaultController,
  isEnough: () => boolean,
  deadline: number,
): Promise<void> {
  while (!isEnough()) {
    const nth = entries.length;
    const film = filmOf(run.seed, nth);
    const isDeleted = nth % 10 === 6;
    const isTakenBack = nth % 10 === 3;
    const entry: FilmEntry = {
      nth,
      expected: isDeleted ? "deleted" : film.end,
      assetId: null,
      ending: null,
      endedAt: 0,
    };
    entries.push(entry);
    const file = await drawFilm(folder, film, nth);
    entry.assetId = await uploadWithRetry(stack, file, `Film ${nth}: ${film.shape}`);
    rmSync(file);
    if (isDeleted || isTakenBack) {
      await wait(chance(run.seed, "delete", nth) * 10_000);
      while (Date.now() < deadline && !(await deleteAsset(stack, entry.assetId))) await wait(pollMs);
    }
    if (isTakenBack) {
      await wait(chance(run.seed, "undelete", nth) * 5000);
      while (Date.now() < deadline && !(await undeleteAsset(stack, entry.assetId))) await wait(pollMs);
      controller.note("deleted and taken back", `film ${nth}`);
    }
    if (isDeleted) {
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
  entries: FilmEntry[],
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
  const settledAt = Date.now();
  const tidied = entries.map(({ ending, endedAt }) =>
    ending === "ready"
      ? settledAt + tidiedMs.ready
      : endedAt + (ending === "deleted" ? tidiedMs.deleted : tidiedMs.errored),
  );
  await wait(Math.max(0, Math.min(Math.max(0, ...tidied), deadline) - Date.now()));
}

function total(controller: FaultController): number {
  return controller.counts.values().reduce((sum, count) => sum + count, 0);
}
