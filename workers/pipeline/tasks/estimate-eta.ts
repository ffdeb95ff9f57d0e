/**
 * Estimates the end of an asset's work from the time that finished tasks took. Pure; the rows come from {@link
 * file://./read-eta.ts}.
 */

/** The open work of one asset. */
export interface RemainingWork {
  /** Planned seconds on one transcoder of what isn't done; a running task counts with what is left of it. */
  plannedSeconds: number;
  /** The time that its tasks took by the time that was planned; null before any has come far enough. */
  pace: number | null;
}

/** Publishing lists, compares and writes; seconds. */
const publishSeconds = 1;

/** A pace beyond these is a stuck clock or a task that did nothing. */
const paceLimits = { least: 0.02, most: 50 };

/** Other assets with open work: the seconds on one transcoder that each of them still takes. */
export interface OtherWork {
  seconds: number;
  assets: number;
}

/**
 * Seconds until `own` is done, when transcoders are shared evenly: each other asset takes as much of the fleet as
 * it still needs, but no more than this one does.
 * @param fleetPace of recently finished tasks of any asset; null: none yet.
 * @returns a whole number, at least 1
 */
export function estimateEta(
  own: RemainingWork,
  others: OtherWork[],
  fleetPace: number | null,
  slots: number,
): number {
  const mine = secondsOf(own, fleetPace);
  const shared = others.reduce((sum, other) => sum + Math.min(mine, other.seconds) * other.assets, mine);
  return Math.max(1, Math.ceil(shared / Math.max(1, slots) + publishSeconds));
}

/** Seconds on one transcoder that this work will take, at its own pace or the fleet's. */
export function secondsOf({ plannedSeconds, pace }: RemainingWork, fleetPace: number | null): number {
  return Math.max(0, plannedSeconds) * clampPace(pace ?? fleetPace ?? 1);
}

function clampPace(pace: number): number {
  return Math.min(paceLimits.most, Math.max(paceLimits.least, pace));
}
