/**
 * Compares what R2 holds of a published asset with its ledgers: every object's size and MD5 in R2's list, and the bytes of one
 * segment of each rendition, a different one each time. What is damaged is encoded again, chunk by chunk, while the asset goes
 * on playing.
 */
import { and, eq, inArray, isNotNull, or } from "drizzle-orm";
import { renditionReport } from "../../../protocol/report.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, renditions } from "../../catalog/schema.ts";
import { digestOf, sha256Hex } from "../../shared/digest.ts";
import { planOf } from "../archive/archive-document.ts";
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

const dayMs = 86_400_000;

type Rendition = typeof renditions.$inferSelect;

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
  const rows = await db
    .select()
    .from(renditions)
    .where(
      and(
        eq(renditions.assetId, assetId),
        // The source's own pictures stay for viewers who began with them.
        or(eq(renditions.status, "ready"), eq(renditions.key, plan.passthrough.key ?? "")),
        isNotNull(renditions.rootHash),
      ),
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
    const keys = rows.map((row) => row.key);
    await db
      .update(renditions)
      .set({ verifiedAt: now })
      .where(and(eq(renditions.assetId, assetId), inArray(renditions.key, keys)));
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
  const listed = await listObjects(env, folder);
  const text = await (await env.MEDIA.get(`${folder}ledger.json`))?.text();
  if (text === undefined || (await sha256Hex(text)) !== row.rootHash) {
    // Its reports still name what must be there: publishing compares them with R2, and writes the ledger anew.
    return { key: row.key, ledger: null, listed, ordinals: [], what: ["ledger.json is missing or other"] };
  }
  const ledger = renditionReport.parse(JSON.parse(text));
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
