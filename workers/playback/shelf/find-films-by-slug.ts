/** Films by their addresses, for pages that show a viewer's own choice of them. Only what is published is read, never a database. */
import { posterOf } from "../../catalog/poster-folder.ts";
import { decideTitle } from "../policy/decide-title.ts";
import { type PlayableTitle, readPlayableTitle } from "../policy/playable-title.ts";
import { readTitle } from "../published/published.ts";
import type { PolicyViewer } from "../viewer.ts";
import type { FilmCard } from "./shelf-objects.ts";

/** Films of one question: a page's. A film that no isolate has seen before costs two reads of the cached origin. */
export const mostSlugs = 30;

/**
 * The films with these slugs that `viewer` may watch at `now` (Unix milliseconds), in the order asked for, each once; those
 * beyond {@link mostSlugs} are not looked at. What does not exist, is not published yet, was taken down, or is refused to this
 * viewer is left out, and so is a film whose facts can't be read just now, as long as others' can.
 *
 * @throws Problem 503 `rules_unknown`, when none could be read
 */
export async function findFilmsBySlug(
  viewer: PolicyViewer,
  slugs: readonly string[],
  now: number,
): Promise<FilmCard[]> {
  const wanted = [...new Set(slugs)].slice(0, mostSlugs);
  const found = await Promise.allSettled(wanted.map((slug) => readFilmFor(viewer, slug, now)));
  const read = found.filter((one) => one.status === "fulfilled");
  const [failure] = found.filter((one) => one.status === "rejected");
  if (read.length === 0 && failure !== undefined) throw failure.reason;
  return read.flatMap(({ value }) => value ?? []);
}

async function readFilmFor(viewer: PolicyViewer, slug: string, now: number): Promise<FilmCard | null> {
  const title = await readTitle(slug, now);
  if (title === null || title.assetId === null) return null;
  const film = await readPlayableTitle(title.assetId, now);
  return film !== null && decideTitle(film, viewer, now).allowed ? cardOf(film) : null;
}

function cardOf({ assetId, slug, title, durationSeconds, images }: PlayableTitle): FilmCard {
  const image = images.find(({ kind }) => kind === "image");
  const poster = image === undefined ? null : posterOf(assetId, image);
  return { slug, title, assetId, durationSeconds, poster };
}
