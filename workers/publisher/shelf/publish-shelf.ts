/** Brings what has changed in the catalogue to viewers' lists and to their search. */
import { type ChangeConsumer, consumeChanges } from "../../catalog/changes.ts";
import { openDatabase } from "../../catalog/database.ts";
import { updateSearch } from "./update-search.ts";
import { updateShelf } from "./update-shelf.ts";

/** Changes dealt with at a time, and most times in one run: a run that ends early goes on with the next. */
const changesAtOnce = 100;
const maxRounds = 4;

/**
 * Follows the changes for the shelf, then for the search; one that fails does not keep the other. Runs once a minute, and after
 * what viewers should see at once. Cheap when nothing has changed: two rows each. @param now Unix milliseconds
 */
export async function publishShelf(env: Pick<Env, "DB" | "MEDIA" | "SEARCH">, now: number): Promise<void> {
  await follow(env, "shelf", now, (found) => updateShelf(env, found, now));
  await follow(env, "search", now, (found) => updateSearch(env, found));
}

async function follow(
  env: Pick<Env, "DB">,
  consumer: ChangeConsumer,
  now: number,
  act: Parameters<typeof consumeChanges>[4],
): Promise<void> {
  try {
    for (let round = 0; round < maxRounds; round++) {
      if ((await consumeChanges(openDatabase(env), consumer, changesAtOnce, now, act)) < changesAtOnce)
        return;
    }
  } catch (error) {
    console.error("could not bring changes to", consumer, error);
  }
}
