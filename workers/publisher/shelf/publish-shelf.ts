/** Brings what has changed in the catalogue to viewers' lists and to their search. */
import { type ChangeConsumer, consumeChanges } from "../../catalog/changes.ts";
import { openDatabase } from "../../catalog/database.ts";
import { refillShelf } from "./refill-shelf.ts";
import { updateSearch } from "./update-search.ts";
import { updateShelf } from "./update-shelf.ts";

/** Changes dealt with at a time, and most times in one run: a run that ends early goes on with the next. */
const changesAtOnce = 100;
const maxRounds = 4;

/**
 * Follows the changes for the shelf, then for the search, and goes on making again what is lost of them; a step that fails keeps
 * no other. Runs once a minute, and after what viewers should see at once. Cheap when nothing has changed.
 *
 * @param now Unix milliseconds
 * @returns false when more waits than one run takes
 */
export async function publishShelf(env: Pick<Env, "DB" | "MEDIA" | "SEARCH">, now: number): Promise<boolean> {
  const shelf = await attempt("shelf", () =>
    follow(env, "shelf", now, (found) => updateShelf(env, found, now)),
  );
  const search = await attempt("search", () =>
    follow(env, "search", now, (found) => updateSearch(env, found)),
  );
  const refilled = await attempt("refill", () => refillShelf(env, now));
  return shelf && search && refilled;
}

async function attempt(what: string, act: () => Promise<boolean>): Promise<boolean> {
  try {
    return await act();
  } catch (error) {
    console.error("could not publish the", what, error);
    return true;
  }
}

async function follow(
  env: Pick<Env, "DB">,
  consumer: ChangeConsumer,
  now: number,
  act: Parameters<typeof consumeChanges>[4],
): Promise<boolean> {
  for (let round = 0; round < maxRounds; round++) {
    const count = await consumeChanges(openDatabase(env), consumer, changesAtOnce, now, act);
    if (count < changesAtOnce) return true;
  }
  return false;
}
