/** One film through the whole of Marquee, and where its time went. */
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { callApi, readAnswer } from "../../../scripts/client/call-api.ts";
import { uploadFile } from "../../../scripts/client/upload-file.ts";
import { uploadStore } from "../../../scripts/client/upload-store.ts";
import type { Stack } from "../../../scripts/local/stack.ts";
import { UserError } from "../../../scripts/local/user-error.ts";
import { mustWrangler } from "../../../scripts/local/wrangler.ts";
import { type Plan, parsePlan } from "../../../workers/pipeline/plan/plan.ts";
import { cpuOfChildren } from "./read-process-times.ts";
import type { Cost } from "./summarize.ts";

/** One task of the film; times are seconds since the notification. */
export interface TaskTime {
  kind: string;
  ordinal: number;
  queued: number;
  started: number;
  finished: number;
  cpuSeconds: number;
}

/** Marquee's report on a film on its way. */
export interface Sample {
  /** Unix milliseconds. */
  at: number;
  fraction: number;
  etaSeconds: number | null;
}

/** The result of a run. */
export interface PipelineRun {
  assetId: string;
  cost: Cost;
  /** Time until the film could be played, seconds after the notification. */
  readySeconds: number;
  /** Of the estimates from 10 % progress on: each one's error in proportion to the time that was really left. */
  etaErrors: number[];
  plan: Plan;
  /** Index of the video stream in the source. */
  video: number;
  tasks: TaskTime[];
}

/** Asking costs the machine something too: seldom at first, often near the end, milliseconds. */
const farMs = 2000;
const nearMs = 100;
const nearFraction = 0.9;

const assetSchema = z.object({
  status: z.string(),
  progress: z.object({ fraction: z.number(), eta_seconds: z.number().nullable() }),
  renditions: z.array(
    z.object({
      kind: z.string(),
      label: z.string(),
      status: z.string(),
      bytes: z.number().nullable(),
    }),
  ),
  error: z.object({ code: z.string(), detail: z.string() }).nullable(),
});

const rowSchema = z.object({
  created_at: z.number(),
  ready_at: z.number(),
  plan: z.string(),
  inspection: z.string(),
  tasks: z.string(),
});

const tasksSchema = z.array(
  z.object({
    kind: z.string(),
    ordinal: z.number(),
    queued_at: z.number(),
    started_at: z.number(),
    finished_at: z.number(),
    cpu_seconds: z.number().nullable(),
  }),
);

/**
 * Uploads the film and waits for its whole ladder: all video and sound published. The clock runs from when the source
 * was registered, which is before it is announced.
 */
export async function runPipeline(stack: Stack, state: string, source: string): Promise<PipelineRun> {
  const store = uploadStore(path.join(state, "uploads", String(Date.now())));
  const metadata = { filename: path.basename(source), title: "Bench" };
  const signal = new AbortController().signal;
  let cpuBefore = cpuOfChildren();
  const onProgress = (bytes: number, total: number): void => {
    if (bytes === total) cpuBefore = cpuOfChildren();
  };
  const { asset_id } = await uploadFile(stack, { file: source, metadata }, store, onProgress, signal);
  const { asset, samples } = await untilWhole(stack, asset_id);
  const endedAt = Date.now();
  const cpuSeconds = cpuOfChildren() - cpuBefore;
  const bytes = asset.renditions
    .filter(({ kind, label }) => (kind === "video" || kind === "audio") && label !== "source")
    .reduce((sum, rendition) => sum + (rendition.bytes ?? 0), 0);
  const row = await readRow(state, asset_id);
  const since = (at: number): number => (at - row.created_at) / 1000;
  const tasks = tasksSchema.parse(JSON.parse(row.tasks)).map((task) => ({
    kind: task.kind,
    ordinal: task.ordinal,
    queued: since(task.queued_at),
    started: since(task.started_at),
    finished: since(task.finished_at),
    cpuSeconds: task.cpu_seconds ?? 0,
  }));
  return {
    assetId: asset_id,
    cost: { wallSeconds: since(endedAt), cpuSeconds, bytes },
    readySeconds: since(row.ready_at),
    etaErrors: etaErrors(samples, endedAt),
    plan: parsePlan(JSON.parse(row.plan)),
    video: z.object({ video: z.object({ index: z.int() }) }).parse(JSON.parse(row.inspection)).video.index,
    tasks,
  };
}

/** From when on an estimate must hold, and how little time left says nothing any more, milliseconds. */
const tellingFraction = 0.1;
const leastLeftMs = 2000;

/** The errors of estimates, each in proportion to the time that was left. Pure. */
export function etaErrors(samples: Sample[], endedAt: number): number[] {
  return samples.flatMap(({ at, fraction, etaSeconds }) => {
    const left = endedAt - at;
    if (fraction < tellingFraction || etaSeconds === null || left < leastLeftMs) return [];
    return [Math.abs(etaSeconds * 1000 - left) / left];
  });
}

async function untilWhole(
  stack: Stack,
  assetId: string,
): Promise<{ asset: z.infer<typeof assetSchema>; samples: Sample[] }> {
  const samples: Sample[] = [];
  for (;;) {
    const asset = readAnswer(stack, await callApi(stack, "GET", `/v1/assets/${assetId}`), assetSchema);
    if (asset.error !== null)
      throw new UserError(`Marquee could not encode it: ${asset.error.detail} (${asset.error.code})`);
    const { fraction, eta_seconds: etaSeconds } = asset.progress;
    samples.push({ at: Date.now(), fraction, etaSeconds });
    const media = asset.renditions.filter(({ kind }) => kind === "video" || kind === "audio");
    const isThere = media.every(({ status, label }) => status === "ready" || label === "source");
    if (asset.status === "ready" && isThere) return { asset, samples };
    await pause(asset.progress.fraction < nearFraction ? farMs : nearMs);
  }
}

async function readRow(state: string, assetId: string): Promise<z.infer<typeof rowSchema>> {
  const sql =
    `select created_at, ready_at, plan, inspection, (select json_group_array(json_object('kind', kind, 'ordinal', ordinal, ` +
    `'queued_at', queued_at, 'started_at', started_at, 'finished_at', finished_at, 'cpu_seconds', cpu_seconds)) ` +
    `from (select * from tasks where asset_id = a.id and status = 'done' order by started_at)) tasks from assets a where id = '${assetId}'`;
  const output = await mustWrangler([
    ...["d1", "execute", "DB", "--local", "--persist-to", state, "--json", "--command", sql],
  ]);
  const answer = z
    .array(z.object({ results: z.array(rowSchema) }))
    .parse(JSON.parse(output.slice(output.indexOf("["))));
  const row = answer[0]?.results[0];
  if (row === undefined) throw new UserError(`The asset ${assetId} is not in the database.`);
  return row;
}
