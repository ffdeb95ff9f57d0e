/**
 * The reconciler: finds by query the work that a lost message, a dead process or a missed notification left standing, and
 * moves it on. Queues are hints; this is what makes sure that every finished upload ends. Each step reads in proportion to
 * what it has to do, by an index that holds nothing else, and takes rows in turn: those that fail can't keep the others from
 * theirs.
 */
import { noteFleetLoad } from "../tasks/service-load.ts";
import { archiveFinished } from "./archive-finished.ts";
import { copyMedia } from "./copy-media.ts";
import { deleteFailedOutput } from "./delete-failed-output.ts";
import { findMissedSources } from "./find-missed-sources.ts";
import { watchGauges } from "./gauges.ts";
import { advanceStuck, startForgotten } from "./move-assets-on.ts";
import { pruneOldRows } from "./prune-old-rows.ts";
import { prunePolicies } from "./prune-policies.ts";
import { purgeDeleted } from "./purge-deleted.ts";
import { readSources } from "./read-sources.ts";
import { removeRetired } from "./remove-retired.ts";
import { resendLost } from "./resend-lost.ts";
import { type CronStep, runSteps } from "./run-steps.ts";
import { scrub } from "./scrub.ts";
import { sweepOrphans } from "./sweep-orphans.ts";

/** The steps of the pipeline. */
export const pipelineSteps: CronStep[] = [
  ["find missed sources", findMissedSources],
  ["start forgotten assets", startForgotten],
  ["send lost tasks again", resendLost],
  ["advance stuck assets", advanceStuck],
  ["note the fleet's load", (env, now) => noteFleetLoad(env, now)],
  ["watch the gauges", watchGauges],
  ["purge deleted assets", purgeDeleted],
  ["delete failed output", deleteFailedOutput],
  ["remove retired renditions", removeRetired],
  ["archive finished work", archiveFinished],
  ["prune old rows", pruneOldRows],
  ["prune policies", prunePolicies],
  ["sweep orphans", sweepOrphans],
  ["scrub", scrub],
  ["read sources", (env, now) => readSources(env, now)],
  ["copy media", copyMedia],
];

/**
 * Runs once a minute in the cloud, one run at a time.
 * @param now Unix milliseconds; @param others steps of other rooms, which share the run with ours
 */
export async function reconcile(env: Env, now: number, others: CronStep[] = []): Promise<void> {
  await runSteps(env, now, [...others, ...pipelineSteps]);
}
