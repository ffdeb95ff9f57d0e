/** The first page: the films to watch. */
import type { FilmCard } from "../../playback/shelf/shelf-objects.ts";
import { formatDuration } from "../format/format.ts";
import { Layout } from "../layout/layout.tsx";
import { Poster } from "../layout/poster.tsx";
import { FilmGrid } from "./film-grid.tsx";

/** Reasons for showing the newest films to somebody who searched. */
export type SearchNotice = "too_short" | "search_unavailable" | "too_many_searches";

/** The page's content: films, or the hits of a search. Links are null where there is nothing further. */
export interface HomeContent {
  /** The text in the search field. */
  search: string;
  /** The reason for which these are the newest films and no hits; null where nothing was searched, or hits are shown. */
  notice: SearchNotice | null;
  /** The film on top; only on the first page without a search. */
  featured: FilmCard | null;
  films: FilmCard[];
  /** Number of hits, and whether there may be more than are counted; null without a search. */
  hits: { counted: number; hasMore: boolean } | null;
  /** There are films, though perhaps none for this viewer. */
  hasFilms: boolean;
  newerLink: string | null;
  olderLink: string | null;
}

const notices: Readonly<Record<SearchNotice, string>> = {
  too_short: "Type at least two letters of a title to search. Here are the newest films.",
  search_unavailable:
    "The search does not answer just now. Try again in a moment; here are the newest films.",
  too_many_searches: "Those were many searches in a short time. Wait a moment, then search again.",
};

/** See {@link HomeContent}. */
export function HomePage(props: HomeContent) {
  const { search, featured, films, notice, hits } = props;
  return (
    <Layout
      title={hits === null ? "" : `Search: ${search}`}
      search={search}
      description="Watch films on Marquee."
    >
      <main id="content" class="home">
        {hits === null ? <h1 class="unseen">Films</h1> : <SearchHeading search={search} {...hits} />}
        {notice === null ? null : (
          <p class="notice" role="status">
            {notices[notice]}
          </p>
        )}
        {featured === null ? null : <Hero film={featured} />}
        {featured === null && films.length === 0 ? <Nothing {...props} /> : null}
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

function Hero(props: { film: FilmCard }) {
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

function SearchHeading(props: { search: string; counted: number; hasMore: boolean }) {
  const { counted, hasMore } = props;
  const films = counted === 1 && !hasMore ? "film" : "films";
  return (
    <div class="search-heading">
      <h1>{counted === 0 ? "No films found" : `${counted}${hasMore ? "+" : ""} ${films}`}</h1>
      <p>
        for “{props.search}” · <a href="/">All films</a>
      </p>
    </div>
  );
}

function Nothing(props: HomeContent) {
  if (props.hits !== null && props.hits.counted > 0) return <p class="calm">That was the last page.</p>;
  if (props.hits !== null) {
    return (
      <p class="calm">Try fewer words, or only the beginning of one. Accents and capitals do not matter.</p>
    );
  }
  if (props.olderLink !== null) return <p class="calm">There are films for you further back.</p>;
  if (props.newerLink !== null) return <p class="calm">That was the last page.</p>;
  return props.hasFilms ? <NothingHere /> : <EmptyHouse />;
}

function NothingHere() {
  return (
    <div class="empty-house">
      <Screen />
      <h2>No films for you here yet</h2>
      <p>
        The films on Marquee can’t be watched in your country or on your network for now. Look in again soon.
      </p>
    </div>
  );
}

function EmptyHouse() {
  return (
    <div class="empty-house">
      <Screen />
      <h2>No films yet</h2>
      <p>As soon as the first one is ready, it plays here.</p>
      <a class="button" href="/studio">
        Upload a film in the studio
      </a>
    </div>
  );
}

/** A picture of a screen with seats before it. */
function Screen() {
  return (
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
