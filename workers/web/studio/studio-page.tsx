/** The studio: films go in here, and their way is followed. islands/studio/studio.island.ts uploads and keeps the list true. */
import type { AssetSummary } from "../../api/assets/asset-json.ts";
import type { DeletedRow } from "../../api/assets/deleted-assets.ts";
import { Layout } from "../layout/layout.tsx";
import { AssetCard } from "./asset-card.tsx";

/** One page of the producer's films. `cursor` is this page's own (empty: the first); `deleted`: a film just deleted; `alarms`: for operators. */
export function StudioPage(props: {
  assets: AssetSummary[];
  deleted: DeletedRow | null;
  alarms: { code: string; detail: string }[];
  cursor: string;
  olderLink: string | null;
  now: number;
}) {
  const first = props.cursor === "";
  return (
    <Layout title="Studio" place="studio" islands={["studio"]}>
      <main
        id="content"
        class="studio"
        data-studio
        data-cursor={props.cursor}
        data-as-of={new Date(props.now).toISOString()}
      >
        <h1>{first ? "Studio" : "Earlier films"}</h1>
        {props.alarms.map(({ code, detail }) => (
          <div class="failure" role="alert">
            <p>{detail}</p>
            <p class="code">{code}</p>
          </div>
        ))}
        <div class="undo" role="status" data-undo hidden={props.deleted === null}>
          <span data-undo-words>{props.deleted === null ? "" : `${props.deleted.title} is deleted.`}</span>{" "}
          <form method="post" action={`/studio/assets/${props.deleted?.id ?? ""}/undelete`} data-undo-form>
            <button class="button" type="submit">
              Undo
            </button>
          </form>
        </div>
        {first ? <DropZone /> : null}
        <ul class="cards" data-uploads aria-label="Uploads" />
        <p class="unseen" role="status" data-announcements />
        <section aria-labelledby="films">
          <h2 id="films">Films</h2>
          <p class="calm" data-no-assets hidden={props.assets.length > 0}>
            Nothing here yet. Your films will be listed here, with how far each one is.
          </p>
          <ul class="cards" data-assets>
            {props.assets.map((asset) => (
              <AssetCard asset={asset} now={props.now} />
            ))}
          </ul>
        </section>
        <nav class="pager" aria-label="Pages">
          {first ? null : (
            <a class="button" href="/studio">
              ← Newest films
            </a>
          )}
          {props.olderLink === null ? null : (
            <a class="button" href={props.olderLink}>
              Earlier films →
            </a>
          )}
          <a class="button quiet" href="/studio/deleted">
            Deleted films
          </a>
          <a class="button quiet" href="/studio/account">
            Your share
          </a>
        </nav>
      </main>
    </Layout>
  );
}

function DropZone() {
  return (
    <section class="drop" id="upload" data-drop aria-labelledby="drop-words">
      <svg viewBox="0 0 48 48" width="44" height="44" aria-hidden="true">
        <path
          d="M24 31V12m-8 8 8-8 8 8M10 31v4a4 4 0 0 0 4 4h20a4 4 0 0 0 4-4v-4"
          fill="none"
          stroke="currentColor"
          stroke-width="2.6"
          stroke-linecap="round"
          stroke-linejoin="round"
        />
      </svg>
      <p id="drop-words" class="drop-words">
        Drop films here
      </p>
      <label class="button primary">
        Choose files
        <input
          type="file"
          class="unseen"
          multiple
          accept="video/*,.mkv,.ts,.mts,.m2ts,.avi,.flv,.wmv,.asf,.mpg,.mpeg"
          data-files
        />
      </label>
      <p class="hint">
        MP4, MOV, MKV, WebM, AVI, MPEG-TS and more, of any length. An upload that is cut off goes on where it
        was.
      </p>
      <noscript>
        <p class="hint">Uploading here needs JavaScript; the command line does not.</p>
      </noscript>
    </section>
  );
}
