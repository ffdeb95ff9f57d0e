import type { Database } from "./database.ts";
import { readState, writeState } from "./service-state.ts";

/** The name in `service_state` of the number of assets, as the last whole export counted them. */
const sizeName = "library:assets";

/** Keeps the number of assets that were counted on the way through the library, so that nobody has to count them. */
export async function writeLibrarySize(db: Database, assets: number, now: number): Promise<void> {
  await writeState(db, sizeName, String(assets), now);
}

/** About how many assets there are: at most a day old; 0 before the first count. Costs one row, whatever the size. */
export async function readLibrarySize(db: Database): Promise<number> {
  return Number((await readState(db, sizeName)) ?? 0);
}
