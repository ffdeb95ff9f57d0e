/**
 * The origin's searches, which its cache keeps for a minute: `/search/{edition}/{viewer class}/{page}?q={folded words}`. The path
 * names the shelf's edition, so that what is taken down or closed leaves the hits as it leaves the lists.
 */
import { searchAtTheEdge } from "../delivery/cache-lifetimes.ts";
import { readShelfHead, servicePolicyOf } from "../shelf/answer-shelf.ts";
import { openClasses } from "../shelf/open-classes.ts";
import { parseViewerClass } from "../shelf/viewer-class.ts";
import { type FoundFilms, searchFilms } from "./search-films.ts";
import { isSearchable, searchWords } from "./search-terms.ts";

/** Answers an address under `/search/`; null for one that is none. @param now Unix milliseconds */
export async function answerSearch(
  env: Pick<Env, "MEDIA" | "SEARCH">,
  url: URL,
  now: number,
): Promise<Response | null> {
  const [, edition, viewerClass, page] =
    /^\/search\/(\d{1,15})\/([\w-]+)\/([1-9]\d{0,3})$/.exec(url.pathname) ?? [];
  const viewer = parseViewerClass(viewerClass ?? "");
  const words = searchWords(url.searchParams.get("q") ?? "");
  if (page === undefined || viewer === null || !isSearchable(words)) return null;
  const head = await readShelfHead(env, now, { top: 0, edition: Number(edition) });
  const classes = openClasses(servicePolicyOf(head), viewer, now);
  try {
    const found: FoundFilms = await searchFilms(env, words, Number(page), classes);
    return Response.json(found, { headers: { "Cache-Control": searchAtTheEdge(classes.changesAt(), now) } });
  } catch (error) {
    console.error("search failed", error);
    return new Response(null, { status: 503, headers: { "Cache-Control": "no-store" } });
  }
}
