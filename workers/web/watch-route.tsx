/** `/watch/{slug}`: the player, or words for why it can't play here and now. */
import type { Context } from "hono";
import { browseTitles } from "../catalog/browse-titles.ts";
import { findPublished } from "../catalog/published-title.ts";
import { Problem } from "../http/problem.ts";
import { viewerOf } from "../playback/country.ts";
import { issuePlayback } from "../playback/issue-playback.ts";
import { whatMayBeShown } from "../playback/policy/read-title-rules.ts";
import { readPathways } from "../playback/steering/held-pathways.ts";
import { pathwaysFor } from "../playback/steering/pathway.ts";
import { MessagePage } from "./message-page.tsx";
import { posterUrl } from "./poster.tsx";
import { playerPolicy } from "./security-headers.ts";
import { sendPage } from "./send-page.ts";
import { WatchPage } from "./watch-page.tsx";

/** Other films under the player: one row. */
const moreFilms = 6;

/** How often the page of a film that is still being prepared looks again, seconds. */
const refreshSeconds = 8;

/** Answers `/watch/{slug}`: 200, or 404, 409 (not ready; looks again by itself) and 451 in words. */
export async function watch(c: Context<{ Bindings: Env }>): Promise<Response> {
  const slug = c.req.param("slug") ?? "";
  const viewer = viewerOf(c.req.raw, c.env);
  const now = Date.now();
  try {
    const playback = await issuePlayback(
      c.env,
      { ...viewer, origin: new URL(c.req.url).origin },
      { title: slug },
      now,
    );
    const [film, page] = await Promise.all([
      findPublished(c.env, playback.slug),
      browseTitles(c.env, {
        after: null,
        limit: moreFilms + 1,
        mayShow: await whatMayBeShown(c.env, viewer, now),
      }),
    ]);
    const pathways = pathwaysFor(viewer, await readPathways(c.env, now));
    c.header("Content-Security-Policy", playerPolicy(pathways.map(({ baseUrl }) => new URL(baseUrl).origin)));
    return await sendPage(
      c,
      <WatchPage
        slug={playback.slug}
        title={playback.title}
        playbackUrl={new URL(playback.playback_url, c.req.url).pathname}
        storyboardUrl={
          playback.storyboard_url === null ? null : new URL(playback.storyboard_url, c.req.url).pathname
        }
        posterUrl={film?.poster == null ? null : posterUrl(film.poster, 1280)}
        durationSeconds={playback.duration}
        size={film?.poster ?? null}
        more={page.titles.filter((title) => title.slug !== playback.slug).slice(0, moreFilms)}
      />,
    );
  } catch (error) {
    if (error instanceof Problem) return refuse(c, error);
    throw error;
  }
}

function refuse(c: Context, problem: Problem): Promise<Response> {
  switch (problem.code) {
    case "title_not_found":
      return sendPage(
        c,
        <MessagePage heading="There is no such film" code={problem.code}>
          <p>The link may be wrong, or the film is no longer here.</p>
        </MessagePage>,
        404,
      );
    case "not_available_in_country":
      return sendPage(
        c,
        <MessagePage heading="This film isn’t available in your country" code={problem.code}>
          <p>Its producer shows it in other countries only. Choose another film to watch.</p>
        </MessagePage>,
        451,
      );
    case "not_ready":
      c.header("Retry-After", String(refreshSeconds));
      return sendPage(
        c,
        <MessagePage
          heading="This film is being prepared"
          code={problem.code}
          head={<meta http-equiv="refresh" content={String(refreshSeconds)} />}
        >
          <p>It starts here as soon as it is ready. This page looks again every few seconds.</p>
          <progress aria-label="Being prepared" />
        </MessagePage>,
        409,
      );
    default:
      return sendPage(
        c,
        <MessagePage heading="This film can’t be played" code={problem.code}>
          <p>{problem.message}</p>
        </MessagePage>,
        problem.status,
      );
  }
}
