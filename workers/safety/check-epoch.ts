/**
 * Decides if this database and these buckets belong together. Pure. The database holds an epoch (random, made once) and a
 * generation that is raised every few minutes; each bucket holds a copy of both, written after the database. A database
 * that was emptied, swapped or restored from a backup therefore disagrees with what the buckets say.
 */

/** What an `epoch.json` says, and the database. */
export interface Stamp {
  epoch: string;
  generation: number;
}

/** One bucket: its stamp, null when there is none; and if it holds anything of a film (only known where there is no stamp). */
export interface BucketState {
  name: string;
  stamp: Stamp | null;
  isEmpty: boolean;
}

/** The alarms that this check raises. */
export const epochAlarms = ["database_foreign", "database_rolled_back", "epoch_missing"] as const;

/** `adopt`: nothing was ever stored, so that database and buckets may be taken as belonging together. */
export type EpochVerdict =
  | { state: "ok" | "adopt" }
  | { state: "alarm"; code: (typeof epochAlarms)[number]; detail: string };

const ending =
  "Nothing is deleted until then. If this database is the right one, say so: POST /v1/ops/epoch/adopt (docs/operations.md, When an alarm is up).";

/** Compares a database's stamp (null: it has none) with those of its buckets. */
export function checkEpoch(database: Stamp | null, buckets: readonly BucketState[]): EpochVerdict {
  for (const { name, stamp } of buckets) {
    if (stamp === null || stamp.epoch === database?.epoch) continue;
    return alarm(
      "database_foreign",
      `The bucket ${name} belongs to another database than the one that is bound now, which may be empty or another service's. Bind the right database. ${ending}`,
    );
  }
  for (const { name, stamp } of buckets) {
    if (stamp === null || database === null || stamp.generation <= database.generation) continue;
    return alarm(
      "database_rolled_back",
      `The database is older (generation ${database.generation}) than the bucket ${name} has seen it (${stamp.generation}): it was restored from a backup. Restore the newest state, or take over what is missing. ${ending}`,
    );
  }
  const unstamped = buckets.filter(({ stamp }) => stamp === null);
  if (unstamped.length === 0) return { state: "ok" };
  // A first adoption writes the database, then one bucket after the other, and may be cut short between them.
  const isFirst = unstamped.length === buckets.length || database?.generation === 1;
  if (isFirst && unstamped.every(({ isEmpty }) => isEmpty)) return { state: "adopt" };
  const names = unstamped.map(({ name }) => name).join(" and ");
  return alarm(
    "epoch_missing",
    `epoch.json is missing in the bucket ${names}, so nothing says which database it belongs to. Check that the right bucket and the right database are bound. ${ending}`,
  );
}

function alarm(code: (typeof epochAlarms)[number], detail: string): EpochVerdict {
  return { state: "alarm", code, detail };
}
