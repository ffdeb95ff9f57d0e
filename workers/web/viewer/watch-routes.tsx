/** `/watch/{slug}`: the player, or words for the reason why it can't play here and now. */
import { type Context, Hono } from "hono";
import { posterOf } from "../../catalog/poster-folder.ts";
import { playerPolicy } from "../../http/content-policy.ts";
import { originFor } from "../../http/own-origins.ts";
import { Problem } from "../../http/problem.ts";
import { issuePlayback } from "../../playback/issue/issue-playback.ts";
import { readPlayableTitle } from "../../playback/policy/playable-title.ts";
import { readTitle } from "../../playback/published/published.ts";
import { listFilms } from "../../playback/shelf/list-films.ts";
import type { FilmCard } from "../../playback/shelf/shelf-objects.ts";
import { pathwaysFor } from "../../playback/steering/pathway.ts";
import { readPathways } from "../../playback/steering/pathway-cache.ts";
import { viewerOf } from "../../playback/viewer.ts";
import { MessagePage } from "../layout/message-page.tsx";
import { posterUrl } from "../layout/poster.tsx";
import { sendPage } from "../layout/send-page.ts";
import { FilmGrid } from "./film-grid.tsx";
import { refusalWords } from "./refusal-words.ts";
import { WatchPage } from "./watch-page.tsx";

/** Other films under the player: one row. */
const moreFilms = 6;

/** Seconds between two reloads of the page of a film that is still being prepared. */
const refreshSeconds = 8;

/** The page of a film that opens within this time begins to play it by itself, seconds. */
const longestWaitSeconds = 6 * 60 * 60;

/** Mounted at `/watch`. */
export const watchRoutes = new Hono<{ Bindings: Env }>();

/** Answers 200, or 404, 409 (not ready; looks again by itself), 403, 451 in words. */
watchRoutes.get("/:slug", async (c) => {
  const slug = c.req.param("slug");
  const viewer = viewerOf(c.req.raw, c.env);
  const now = Date.now();
  try {
    const playback = await issuePlayback(
      c.env,
      { ...viewer, origin: originFor(c.req.raw, c.env) },
      { title: slug },
      now,
    );
    const [film, more] = await Promise.all([
      readPlayableTitle(playback.asset_id, now),
      findOthers(c, playback.slug, now),
    ]);
    const image = film?.images.find(({ kind }) => kind === "image");
    const poster = film === null || image === undefined ? null : posterOf(film.assetId, image);
    const pathways = pathwaysFor(viewer, await readPathways(now));
    c.header("Content-Security-Policy", playerPolicy(pathways.map(({ baseUrl }) => new URL(baseUrl).origin)));
    return await sendPage(
      c,
      <WatchPage
        slug={playback.slug}
        title={playback.title}
        playbackUrl={new URL(playback.playback_url).pathname}
        storyboardUrl={playback.storyboard_url === null ? null : new URL(playback.storyboard_url).pathname}
        posterUrl={poster === null ? null : posterUrl(poster, 1280)}
        durationSeconds={playback.duration}
        changesIn={playback.changes_in}
        rating={playback.rating}
        size={poster}
        more={more}
      />,
    );
  } catch (error) {
    if (error instanceof Problem) return await showRefusal(c, slug, error, now);
    throw error;
  }
});

/** The page that says why the film can't play here and now, with others to watch instead. */
async function showRefusal(
  c: Context<{ Bindings: Env }>,
  slug: string,
  problem: Problem,
  now: number,
): Promise<Response> {
  const { heading, words } = refusalWords(problem);
  const passes = problem.code === "not_ready" || problem.status === 503;
  const seconds = passes ? refreshSeconds : opensInSeconds(problem, now);
  if (seconds !== null) c.header("Retry-After", String(seconds));
  // A film that comes soon is worth its name; one that may never be seen here is not named.
  const film = problem.code === "not_yet_available" ? await readTitle(slug, now) : null;
  const others = problem.status >= 500 ? [] : await findOthers(c, slug, now);
  return sendPage(
    c,
    <MessagePage
      heading={heading}
      about={film?.title ?? null}
      more={others.length === 0 ? null : <OtherFilms films={others} />}
      code={problem.code}
      head={seconds === null ? null : <meta http-equiv="refresh" content={String(seconds)} />}
    >
      <p>{words}</p>
      {problem.code === "not_ready" ? <progress aria-label="Being prepared" /> : null}
    </MessagePage>,
    problem.status,
  );
}

/** Other films that this viewer may watch, at most a row; none where the list can't be had: the page stands without it. */
async function findOthers(c: Context<{ Bindings: Env }>, slug: string, now: number): Promise<FilmCard[]> {
  const viewer = viewerOf(c.req.raw, c.env);
  const page = { cursor: "", limit: moreFilms + 1 };
  try {
    const { films } = await listFilms(c.executionCtx.exports.Origin, viewer, page, now);
    return films.filter((film) => film.slug !== slug).slice(0, moreFilms);
  } catch (error) {
    if (error instanceof Problem) return [];
    throw error;
  }
}

function OtherFilms(props: { films: FilmCard[] }) {
  return (
    <section class="shelf" aria-labelledby="others">
      <h2 id="others">Films to watch instead</h2>
      <FilmGrid films={props.films} />
    </section>
  );
}

/** Seconds until the page of a film that is not here yet looks again; null: not at all, because it is too far away. */
function opensInSeconds({ code, members }: Problem, now: number): number | null {
  const changesAt = typeof members.changes_at === "string" ? Date.parse(members.changes_at) : Number.NaN;
  const seconds = Math.ceil((changesAt - now) / 1000);
  return code === "not_yet_available" && seconds <= longestWaitSeconds ? Math.max(1, seconds) : null;
}
