/** The page that plays a film. The controls are media-chrome's; islands/player/player.island.ts makes them work. */
import type { Playback } from "../../playback/issue/describe-playback.ts";
import type { FilmCard } from "../../playback/shelf/shelf-objects.ts";
import { formatDuration, isoDuration } from "../format/format.ts";
import { Layout } from "../layout/layout.tsx";
import { FilmGrid } from "./film-grid.tsx";

/** A film that may be played now. */
export interface WatchContent {
  /** The title for `POST /v1/playback`, which issues a new URL when this one has expired. */
  slug: string;
  title: string;
  playbackUrl: string;
  posterUrl: string | null;
  /** WebVTT of the seek bar's thumbnails; null when there is none. */
  storyboardUrl: string | null;
  durationSeconds: number | null;
  /** Seconds for which the rules for this viewer stay as they are; null: for good. */
  changesIn: number | null;
  rating: Playback["rating"];
  /** The picture's size, pixels; null when it is not known. */
  size: { width: number; height: number } | null;
  more: FilmCard[];
}

/** See {@link WatchContent}. */
export function WatchPage(props: WatchContent) {
  return (
    <Layout
      title={props.title}
      islands={["prefetch", "player", "controls"]}
      description={`Watch ${props.title} on Marquee.`}
      head={<link rel="preload" as="fetch" href={props.playbackUrl} crossorigin="anonymous" />}
    >
      <main id="content" class="watch">
        <Player {...props} />
        <div class="watch-words">
          <h1>{props.title}</h1>
          {props.durationSeconds === null && props.rating === null ? null : (
            <p class="film-facts">
              {props.durationSeconds === null ? null : (
                <time datetime={isoDuration(props.durationSeconds)}>
                  {formatDuration(props.durationSeconds)}
                </time>
              )}
              {props.rating === null ? null : (
                <span class="rating" title={`From ${props.rating.minimum_age} years on`}>
                  {props.rating.label}
                </span>
              )}
            </p>
          )}
        </div>
        {props.more.length === 0 ? null : (
          <section class="shelf" aria-labelledby="more">
            <h2 id="more">More films</h2>
            <FilmGrid films={props.more} />
          </section>
        )}
      </main>
    </Layout>
  );
}

function Player(props: WatchContent) {
  const size = props.size ?? { width: 16, height: 9 };
  const shape = size.width / size.height > 1.2 ? "wide" : "tall";
  return (
    <div
      class={`stage ${shape}`}
      data-player
      data-slug={props.slug}
      data-playback-url={props.playbackUrl}
      data-storyboard-url={props.storyboardUrl}
      data-changes-in={props.changesIn}
    >
      <media-controller class="player" keyboardforwardseekoffset="10" keyboardbackwardseekoffset="10">
        {/* biome-ignore lint/a11y/useMediaCaption: text tracks come with the HLS playlist, not as elements */}
        <video
          slot="media"
          playsinline
          preload="auto"
          poster={props.posterUrl ?? undefined}
          width={size.width}
          height={size.height}
          aria-label={props.title}
        />
        <media-loading-indicator slot="centered-chrome" noautohide />
        <media-play-button slot="centered-chrome" class="start" notooltip />
        <media-settings-menu anchor="auto" hidden>
          <media-settings-menu-item>
            Quality
            <media-rendition-menu slot="submenu" hidden>
              <div slot="title">Quality</div>
            </media-rendition-menu>
          </media-settings-menu-item>
          <media-settings-menu-item>
            Language
            <media-audio-track-menu slot="submenu" hidden>
              <div slot="title">Language</div>
            </media-audio-track-menu>
          </media-settings-menu-item>
          <media-settings-menu-item>
            Speed
            <media-playback-rate-menu slot="submenu" rates="0.5 0.75 1 1.25 1.5 2" hidden>
              <div slot="title">Speed</div>
            </media-playback-rate-menu>
          </media-settings-menu-item>
        </media-settings-menu>
        <media-captions-menu anchor="auto" hidden />
        <media-control-bar class="seek-bar">
          <media-time-range />
        </media-control-bar>
        <media-control-bar class="buttons">
          <media-play-button />
          <media-seek-backward-button seekoffset="10" />
          <media-seek-forward-button seekoffset="10" />
          <media-mute-button />
          <media-volume-range />
          <media-time-display showduration />
          <span class="gap" />
          <media-captions-menu-button />
          <media-settings-menu-button />
          <media-airplay-button />
          <media-pip-button />
          <media-fullscreen-button />
        </media-control-bar>
      </media-controller>
      <div class="trouble" role="alert" hidden>
        <p data-trouble-words />
        <p class="ways-out">
          <a class="button primary" href="/" data-trouble-leave>
            All films
          </a>
          <button class="button" type="button" data-trouble-retry>
            Try again
          </button>
        </p>
        <p class="code" data-trouble-code />
      </div>
      <noscript>
        <p class="calm">The player needs JavaScript. Allow it for this page, then load the page again.</p>
      </noscript>
    </div>
  );
}
