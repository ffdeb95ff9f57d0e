/** The frame of every page. */
import type { Child } from "hono/jsx";

/** A page's part of its frame. */
export interface PageFrame {
  /** The document's title, without the product's name. */
  title: string;
  /** Client code this page needs, by the names of workers/web/islands. */
  islands?: readonly string[];
  /** The search that the search field shows. */
  search?: string;
  /** The part of the site, which decides what the header offers. */
  place?: "films" | "studio" | "signed-out-studio";
  description?: string;
  /** More elements for `<head>`. */
  head?: Child;
  children?: Child;
}

/** A whole HTML document around a page's content. */
export function Layout(props: PageFrame) {
  const place = props.place ?? "films";
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="theme-color" content="#0b0c0f" />
        <meta name="color-scheme" content="dark" />
        <title>{props.title === "" ? "Marquee" : `${props.title} · Marquee`}</title>
        {props.description === undefined ? null : <meta name="description" content={props.description} />}
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/marquee.css" />
        {props.head}
        {(props.islands ?? []).map((name) => (
          <script type="module" src={`/assets/${name}.island.js`} />
        ))}
      </head>
      <body>
        <a class="skip" href="#content">
          Skip to content
        </a>
        <header class="top">
          <Wordmark />
          {place === "films" ? <Search value={props.search ?? ""} /> : <span class="top-gap" />}
          <nav class="top-links" aria-label="Marquee">
            {place === "films" ? (
              <a href="/studio">Studio</a>
            ) : (
              <>
                {place === "studio" ? <span class="place">Studio</span> : null}
                <a href="/">Films</a>
              </>
            )}
            {place === "studio" ? (
              <form method="post" action="/studio/sign-out">
                <button class="link" type="submit">
                  Sign out
                </button>
              </form>
            ) : null}
          </nav>
        </header>
        {props.children}
      </body>
    </html>
  );
}

function Wordmark() {
  return (
    <a class="wordmark" href="/" aria-label="Marquee, all films">
      <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
        <rect x="1" y="1" width="30" height="30" rx="8" fill="#f4b942" />
        <path
          d="M12 9.6v12.8c0 .9 1 1.4 1.7.9l9.2-6.4c.6-.4.6-1.4 0-1.8l-9.2-6.4c-.7-.5-1.7 0-1.7.9z"
          fill="#15120a"
        />
      </svg>
      <span>Marquee</span>
    </a>
  );
}

function Search(props: { value: string }) {
  return (
    <search class="search">
      <form action="/" method="get">
        <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
          <circle cx="8.5" cy="8.5" r="5.5" fill="none" stroke="currentColor" stroke-width="1.8" />
          <path d="m12.8 12.8 4.2 4.2" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" />
        </svg>
        <input
          type="search"
          name="q"
          value={props.value}
          placeholder="Search films"
          aria-label="Search films by title"
          maxlength={200}
          autocomplete="off"
          enterkeyhint="search"
        />
      </form>
    </search>
  );
}
