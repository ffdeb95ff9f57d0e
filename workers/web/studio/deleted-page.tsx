/** What a producer has deleted, and can take back: a plain page of forms. */
import type { DeletedRow } from "../../api/assets/deleted-assets.ts";
import { formatAgo, formatBytes, formatDuration } from "../format/format.ts";
import { Layout } from "../layout/layout.tsx";

const dayMs = 86_400_000;

/** One page of deleted films. `graceMs`: time from deleting until a film can't be taken back; all in milliseconds. */
export function DeletedPage(props: {
  films: DeletedRow[];
  olderLink: string | null;
  graceMs: number;
  now: number;
}) {
  return (
    <Layout title="Deleted films" place="studio">
      <main id="content" class="studio">
        <h1>Deleted films</h1>
        <p class="calm">
          {props.films.length === 0
            ? "Nothing is here. Films that you delete can be taken back from here for a while."
            : "Nobody can watch these. Take one back, and it is as it was."}
        </p>
        <ul class="cards">
          {props.films.map((film) => (
            <DeletedCard film={film} graceMs={props.graceMs} now={props.now} />
          ))}
        </ul>
        <nav class="pager" aria-label="Pages">
          <a class="button" href="/studio">
            ← Films
          </a>
          {props.olderLink === null ? null : (
            <a class="button" href={props.olderLink}>
              Earlier films →
            </a>
          )}
        </nav>
      </main>
    </Layout>
  );
}

function DeletedCard({ film, graceMs, now }: { film: DeletedRow; graceMs: number; now: number }) {
  const deletedAt = film.deletedAt ?? now;
  const daysLeft = Math.max(1, Math.ceil((deletedAt + graceMs - now) / dayMs));
  const duration = film.durationSeconds === null ? "" : `${formatDuration(film.durationSeconds)} · `;
  return (
    <li class="card" id={film.id}>
      <div class="card-words">
        <p class="card-head">
          <span class="card-title">{film.title}</span>
        </p>
        <p class="facts">
          {duration}
          {formatBytes(film.sourceBytes)} · deleted{" "}
          <time datetime={new Date(deletedAt).toISOString()}>{formatAgo(deletedAt, now)}</time>
          {film.deletedByName === null ? "" : ` by ${film.deletedByName}`}
        </p>
        <p class="facts">
          {daysLeft === 1
            ? "Its files are removed within a day."
            : `Its files are removed in ${daysLeft} days.`}
        </p>
      </div>
      <div class="card-actions">
        <form method="post" action={`/studio/assets/${film.id}/undelete`}>
          <button class="button primary" type="submit">
            Take back
          </button>
        </form>
      </div>
    </li>
  );
}
