/**
 * Compares what R2 holds of a published asset with its ledgers: every object's size and MD5 in R2's list, and the bytes of one
 * segment of each rendition, a different one each time. What is damaged comes back from the second media bucket, or is encoded
 * again, chunk by chunk, while the asset goes on playing.
 */
import { eq } from "drizzle-orm";
import { renditionReport } from "../../../protocol/report.ts";
import { planOf, type Rendition } from "../../catalog/archive/archive-document.ts";
import { readRenditions } from "../../catalog/archive/read-renditions.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets } from "../../catalog/schema.ts";
import { digestOf } from "../../shared/digest.ts";
import { repairAsset } from "../lifecycle/repair-asset.ts";
import { type Plan, parsePlan } from "../plan/plan.ts";
import { sliceKeysOf } from "../plan/plan-audio.ts";
import { sharedTarget, textsOf } from "../publish/write-rendition.ts";
import type { Ledger } from "../storage/ledger.ts";
import { type ListedObject, listObjects } from "../storage/list-objects.ts";
import { renditionPrefix } from "../storage/media-keys.ts";
import { findLostSlices } from "../storage/reports.ts";
import type { DamagedWork } from "../tasks/requeue-tasks.ts";
import { findDamage, pickSample } from "./find-damage.ts";
import { healFromCopy, readLedgerText } from "./heal-from-copy.ts";

const dayMs = 86_400_000;

/** Counts the bytes of media that were read, so that a run can stop when it has read enough. */
export interface ReadCounter {
  bytes: number;
}

/** Verifies one published asset now. @returns the faults that were found. */
export async function scrubAsset(
  env: Env,
  assetId: string,
  now: number,
  counter: ReadCounter = { bytes: 0 },
): Promise<string[]> {
  const db = openDatabase(env);
  const asset = await db.select().from(assets).where(eq(assets.id, assetId)).get();
  if (asset === undefined || asset.work !== "done") return [];
  const planned = await planOf(env, asset);
  if (planned === null) return [];
  const plan = parsePlan(planned.plan);
  // The source's own pictures stay for viewers who began with them.
  const rows = (await readRenditions(env, assetId)).filter(
    ({ key, status, rootHash }) => rootHash !== null && (status === "ready" || key === plan.passthrough.key),
  );
  const looked = await Promise.all(rows.map((row) => look(env, row, plan, Math.floor(now / dayMs), counter)));
  const listed = looked.filter(({ key }) => key !== plan.passthrough.key);
  // Publishing writes the passthrough's ledger and playlists no more: only its segments can be made again.
  const passedThrough = looked.filter(
    ({ key, ordinals }) => key === plan.passthrough.key && ordinals.length > 0,
  );
  const damaged: DamagedWork = { renditions: [], slices: [], what: [] };
  for (const { key, ordinals, what } of [...listed, ...passedThrough, ...(await lookAtPlaylists(listed))]) {
    if (ordinals.length > 0) damaged.renditions.push({ key, ordinals });
    damaged.what.push(...what.map((one) => `${key}: ${one}`));
  }
  if (damaged.what.length === 0) {
    await db.update(assets).set({ verifiedAt: now }).where(eq(assets.id, assetId));
    return [];
  }
  for (const track of plan.audio) {
    if (!damaged.renditions.some(({ key }) => key === track.key)) continue;
    damaged.slices.push(...(await findLostSlices(env, assetId, sliceKeysOf(track, plan))));
  }
  console.warn("damaged in storage", assetId, damaged.what.slice(0, 10));
  await repairAsset(env, assetId, damaged, now);
  return damaged.what;
}

/** One rendition as it was found. */
interface Looked {
  key: string;
  /** Null when the ledger is not the one that was published. */
  ledger: Ledger | null;
  listed: ReadonlyMap<string, ListedObject>;
  ordinals: number[];
  what: string[];
}

async function look(
  env: Env,
  row: Rendition,
  plan: Plan,
  turn: number,
  counter: ReadCounter,
): Promise<Looked> {
  const folder = renditionPrefix(row.assetId, row.key);
  const stored = await listObjects(env, folder);
  const text = await readLedgerText(env, folder, row.rootHash ?? "");
  if (text === null) {
    // Its reports still name what must be there: publishing compares them with R2, and writes the ledger anew.
    return {
      ...{ key: row.key, ledger: null, listed: stored, ordinals: [] },
      what: ["ledger.json is missing or other"],
    };
  }
  const ledger = renditionReport.parse(JSON.parse(text));
  const listed = await healFromCopy(env, folder, ledger, stored);
  const sampled = new Map<string, string>();
  const sample = pickSample(ledger, turn);
  const object = sample === null ? null : await env.MEDIA.get(folder + sample);
  if (sample !== null && object !== null) {
    counter.bytes += object.size;
    sampled.set(sample, await digestOf("SHA-256", await object.arrayBuffer()));
  }
  return { key: row.key, ledger, listed, ...findDamage(ledger, listed, sampled, plan) };
}

/** Playlists are functions of the ledgers, so what must be in R2 is known. A damaged one is written anew by publishing. */
async function lookAtPlaylists(looked: Looked[]): Promise<Looked[]> {
  const ledgers = looked.flatMap(({ ledger }) => ledger ?? []);
  if (ledgers.length < looked.length) return [];
  const target = sharedTarget(ledgers);
  return await Promise.all(
    looked.map(async ({ key, ledger, listed }) => {
      const what: string[] = [];
      for (const [file, text] of ledger === null ? [] : textsOf(ledger, target)) {
        const there = listed.get(file);
        const md5 = await digestOf("MD5", new TextEncoder().encode(text));
        if (there?.md5 !== md5) what.push(`${file} is missing or other`);
      }
      return { key, ledger, listed, ordinals: [], what };
    }),
  );
}
