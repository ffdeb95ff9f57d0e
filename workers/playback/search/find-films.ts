/** Searches for a viewer, through the cached origin and within what one address may ask for. */
import { Problem } from "../../http/problem.ts";
import { fetchOrigin } from "../delivery/fetch-origin.ts";
import { knownHead } from "../shelf/list-films.ts";
import { viewerClassOf } from "../shelf/viewer-class.ts";
import type { PolicyViewer } from "../viewer.ts";
import { type FoundFilms, foundFilms } from "./search-films.ts";

/**
 * Finds films for `viewer` at `now` (Unix milliseconds). @param words folded and searchable, see `searchWords`
 *
 * @throws Problem 503 `search_unavailable`
 */
export async function findFilms(
  origin: Pick<Fetcher, "fetch">,
  viewer: PolicyViewer,
  { words, page }: { words: readonly string[]; page: number },
  now: number,
): Promise<FoundFilms> {
  try {
    const { edition, networks } = await knownHead(origin, now);
    const query = new URLSearchParams({ q: words.join(" ") });
    const path = `/search/${edition}/${viewerClassOf(viewer, networks)}/${page}?${query}`;
    const response = await fetchOrigin(origin, path, { method: "GET", range: null, changesAt: null });
    return foundFilms.parse(await response.json());
  } catch (error) {
    console.error("search unavailable", error);
    throw new Problem(
      503,
      "search_unavailable",
      "The search does not answer just now. Try again in a moment.",
      {
        headers: { "Retry-After": "5" },
      },
    );
  }
}
