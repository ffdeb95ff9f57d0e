/** Brings what a test has written to viewers' lists and search at once, as an isolate that begins sees it. */

import { forgetShelfObjects } from "../../workers/playback/shelf/answer-shelf.ts";
import { forgetShelfHead } from "../../workers/playback/shelf/list-films.ts";
import { publishShelf } from "../../workers/publisher/shelf/publish-shelf.ts";

/** See the file's comment. @param now Unix milliseconds */
export async function showOnShelf(
  env: Pick<Env, "DB" | "MEDIA" | "SEARCH">,
  now = Date.now(),
): Promise<void> {
  while (!(await publishShelf(env, now)));
  await forgetShelf();
}

/** Forgets what isolate and cache hold of the shelf. */
export async function forgetShelf(): Promise<void> {
  forgetShelfHead();
  forgetShelfObjects();
  await caches.default.delete("http://origin/shelf/head");
}
