import type { FilmCard } from "../../playback/shelf/shelf-objects.ts";
import { formatDuration } from "../format/format.ts";
import { Poster } from "../layout/poster.tsx";

/** A grid of films, each a link to where it plays. */
export function FilmGrid(props: { films: FilmCard[] }) {
  return (
    <ul class="films">
      {props.films.map((film) => (
        <li>
          <a class="film" href={`/watch/${film.slug}`}>
            <Poster {...film} />
            <span class="film-title">{film.title}</span>
            {film.durationSeconds === null ? null : (
              <span class="film-facts">{formatDuration(film.durationSeconds)}</span>
            )}
          </a>
        </li>
      ))}
    </ul>
  );
}
