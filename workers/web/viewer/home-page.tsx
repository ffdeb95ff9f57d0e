/** The first page: the films to watch. */
import type { PublishedTitle } from "../../catalog/published-title.ts";
import { formatDuration } from "../format/format.ts";
import { Layout } from "../layout/layout.tsx";
import { Poster } from "../layout/poster.tsx";
import { FilmGrid } from "./film-grid.tsx";

/** The page's content: films, or the hits of a search. Links are null where there is nothing further. */
export interface HomeContent {
  search: string;
  /** The film on top; only on the first page without a search. */
  featured: PublishedTitle | null;
  films: PublishedTitle[];
  /** Number of hits in all; null without a search. */
  hits: number | null;
  newerLink: string | null;
  olderLink: string | null;
}

/** See {@link HomeContent}. */
export function HomePage(props: HomeContent) {
  const { search, featured, films } = props;
  const nothing = featured === null && films.length === 0;
  return (
    <Layout
      title={search === "" ? "" : `Search: ${search}`}
      search={search}
      description="Watch films on Marquee."
    >
      <main id="content" class="home">
        {search === "" ? <h1 class="unseen">Films</h1> : <SearchHeading {...props} />}
        {featured === null ? null : <Hero film={featured} />}
        {nothing ? <Nothing search={search} first={props.newerLink === null} /> : null}
        {films.length === 0 ? null : (
          <section class="shelf" aria-label="Films">
            {featured === null ? null : <h2>Newest films</h2>}
            <FilmGrid films={films} />
          </section>
        )}
        <Pager newerLink={props.newerLink} olderLink={props.olderLink} />
      </main>
    </Layout>
  );
}

function Hero(props: { film: PublishedTitle }) {
  const { film } = props;
  return (
    <section class="hero" aria-labelledby="featured">
      <Poster {...film} eager sizes="100vw" />
      <div class="hero-words">
        <p class="kicker">Just added</p>
        <h2 id="featured">{film.title}</h2>
        {film.durationSeconds === null ? null : (
          <p class="film-facts">{formatDuration(film.durationSeconds)}</p>
        )}
        <a class="button primary large" href={`/watch/${film.slug}`}>
          <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
            <path d="M5 3v14l12-7z" fill="currentColor" stroke="currentColor" stroke-linejoin="round" />
          </svg>
          Watch
        </a>
      </div>
    </section>
  );
}

function SearchHeading(props: HomeContent) {
  const hits = props.hits ?? 0;
  return (
    <div class="search-heading">
      <h1>{hits === 0 ? "No films found" : `${hits} ${hits === 1 ? "film" : "films"}`}</h1>
      <p>
        for “{props.search}” · <a href="/">All films</a>
      </p>
    </div>
  );
}

function Nothing(props: { search: string; first: boolean }) {
  if (props.search !== "") {
    return (
      <p class="calm">Try fewer words, or only the beginning of one. Accents and capitals do not matter.</p>
    );
  }
  if (!props.first) return <p class="calm">That was the last page.</p>;
  return (
    <div class="empty-house">
      <svg viewBox="0 0 120 72" width="180" height="108" aria-hidden="true">
        <rect x="14" y="4" width="92" height="46" rx="5" fill="none" stroke="currentColor" stroke-width="2" />
        <path d="m54 19 15 8-15 8z" fill="#f4b942" />
        <path
          d="M28 68v-6a5 5 0 0 1 10 0v6m8 0v-6a5 5 0 0 1 10 0v6m8 0v-6a5 5 0 0 1 10 0v6m8 0v-6a5 5 0 0 1 10 0v6"
          fill="none"
          stroke="currentColor"
          stroke-width="2"
        />
      </svg>
      <h2>No films yet</h2>
      <p>As soon as the first one is ready, it plays here.</p>
      <a class="button" href="/studio">
        Upload a film in the studio
      </a>
    </div>
  );
}

function Pager(props: { newerLink: string | null; olderLink: string | null }) {
  if (props.newerLink === null && props.olderLink === null) return null;
  return (
    <nav class="pager" aria-label="Pages">
      {props.newerLink === null ? null : (
        <a class="button" href={props.newerLink}>
          ← Back to the start
        </a>
      )}
      {props.olderLink === null ? null : (
        <a class="button" rel="next" href={props.olderLink}>
          More films →
        </a>
      )}
    </nav>
  );
}
