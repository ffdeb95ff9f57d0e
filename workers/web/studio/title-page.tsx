/** One title in the studio: its details, its countries, and the renditions of its source. */
import type { Inspection } from "../../../protocol/inspection.ts";
import type { AssetSummary, LadderJson, RenditionJson } from "../../api/assets/asset-json.ts";
import { languageChoices } from "../format/names.ts";
import { Layout } from "../layout/layout.tsx";
import { AssetCard } from "./asset-card.tsx";
import { CountryPicker } from "./country-picker.tsx";
import { type PolicyContent, PolicyPanel } from "./policy-panels.tsx";
import { PolicyPreview, type PreviewContent } from "./policy-preview.tsx";
import { RenditionTable } from "./rendition-table.tsx";
import { SourceFacts } from "./source-facts.tsx";
import type { TitleForm } from "./title-form.ts";

/** Everything the page shows. `errors` are sentences by field of the form. */
export interface TitleContent {
  titleId: string;
  heading: string;
  form: TitleForm;
  errors: ReadonlyMap<string, string>;
  saved: boolean;
  asset: AssetSummary | undefined;
  renditions: RenditionJson[];
  ladder: LadderJson | null;
  inspection: Inspection | null;
  watchUrl: string;
  playbackUrl: string | null;
  policy: PolicyContent;
  preview: PreviewContent;
  now: number;
}

/** See {@link TitleContent}. */
export function TitlePage(props: TitleContent) {
  const { asset, policy } = props;
  const source =
    asset === undefined ? null : (
      <div data-live="source">
        <SourceFacts asset={asset} inspection={props.inspection} />
      </div>
    );
  // An open policy is long: everything else goes beside it, so that both columns end at about the same height.
  const isPolicyOpen = policy.isOwn || policy.errors.length > 0;
  return (
    <Layout title={props.heading} place="studio" islands={["studio", "title"]}>
      <main id="content" class="studio title" data-studio data-alone>
        <p class="back">
          <a href="/studio">← All films</a>
        </p>
        <h1>{props.heading}</h1>
        {props.saved ? (
          <p class="saved" role="status">
            Saved. New rules count within seconds, also for films that are already playing.
          </p>
        ) : null}
        <NotSaved {...props} />
        {asset === undefined ? (
          <p class="calm">This title’s film was deleted.</p>
        ) : (
          <ul class="cards" data-assets>
            <AssetCard asset={asset} now={props.now} alone />
          </ul>
        )}
        <div class="columns">
          <div class="column">
            <EditForm {...props} />
            {isPolicyOpen ? null : source}
            <PolicyPanel {...policy} now={props.now} />
          </div>
          <div class="column">
            <div class="live" data-live="links">
              {asset?.status === "ready" ? <Links {...props} /> : null}
            </div>
            {isPolicyOpen ? source : null}
            <PolicyPreview {...props.preview} />
          </div>
        </div>
        <div class="live" data-live="renditions">
          <RenditionTable renditions={props.renditions} ladder={props.ladder} />
        </div>
      </main>
    </Layout>
  );
}

/** Lists a form's mistakes at the top, because the field may be far below when the page comes back. */
function NotSaved({ errors, policy }: TitleContent) {
  if (errors.size === 0 && policy.errors.length === 0) return null;
  const ofPolicy = policy.outdated ? "The policy was changed meanwhile." : "The policy has mistakes.";
  const fields = policy.errors.length === 0 ? [...errors.entries()] : [["policy", ofPolicy]];
  return (
    <div class="not-saved">
      <p>Not saved:</p>
      <ul>
        {fields.map(([field, words]) => (
          <li>
            <a href={`#${field}`}>{words}</a>
          </li>
        ))}
      </ul>
    </div>
  );
}

function EditForm(props: TitleContent) {
  const { form, errors } = props;
  const wrongTitle = errors.get("title");
  const wrongLanguage = errors.get("language");
  return (
    <form method="post" action={`/studio/titles/${props.titleId}`} class="fields panel">
      <h2>Details</h2>
      <label for="title">Title</label>
      <input
        id="title"
        name="title"
        value={form.title}
        required
        // Browsers count UTF-16 units, of which a character has two at most; the server counts characters.
        maxlength={400}
        autocomplete="off"
        aria-invalid={wrongTitle === undefined ? undefined : "true"}
        aria-describedby={wrongTitle === undefined ? undefined : "title-wrong"}
      />
      <FieldError id="title-wrong" words={wrongTitle} />
      <label for="language">Language</label>
      <select
        id="language"
        name="language"
        aria-describedby={wrongLanguage === undefined ? undefined : "language-wrong"}
      >
        <option value="" selected={form.language === ""}>
          Not set
        </option>
        {languageChoices(form.language === "" ? null : form.language).map(({ tag, name }) => (
          <option value={tag} selected={tag === form.language}>
            {name}
          </option>
        ))}
      </select>
      <FieldError id="language-wrong" words={wrongLanguage} />
      {form.territory === null ? (
        <>
          <p class="label">Countries</p>
          <p class="hint">
            Its <a href="#policy">own policy</a> decides, not a list of countries.
          </p>
        </>
      ) : (
        <CountryPicker territory={form.territory} chosen={form.countries} wrong={errors.get("countries")} />
      )}
      <label for="encryption">Delivery</label>
      <select id="encryption" name="encryption" aria-describedby="encryption-hint">
        <option value="none" selected={form.encryption !== "aes-128"}>
          Not encrypted
        </option>
        <option value="aes-128" selected={form.encryption === "aes-128"}>
          Encrypted (AES-128)
        </option>
      </select>
      <p id="encryption-hint" class="hint">
        Encrypted, its pictures and sound are unreadable in every cache on their way, and only viewers who may
        watch it get the keys. It then plays over HLS only, not over DASH.
      </p>
      <label for="poster">Poster</label>
      <select id="poster" name="poster" aria-describedby="poster-hint">
        <option value="rules" selected={form.posterAccess !== "public"}>
          For those who may watch it
        </option>
        <option value="public" selected={form.posterAccess === "public"}>
          For everybody
        </option>
      </select>
      <p id="poster-hint" class="hint">
        For everybody, it can be seen in all countries, and before the film opens or while it is withheld:
        choose this for films that you announce.
      </p>
      <p class="form-end">
        <button class="button primary" type="submit">
          Save
        </button>
      </p>
    </form>
  );
}

function FieldError(props: { id: string; words: string | undefined }) {
  if (props.words === undefined) return null;
  return (
    <p id={props.id} class="field-error" role="alert">
      {props.words}
    </p>
  );
}

function Links(props: TitleContent) {
  return (
    <section class="panel" aria-labelledby="links">
      <h2 id="links">Links</h2>
      <CopyField id="watch-url" label="Watch page" value={props.watchUrl} />
      {props.playbackUrl === null ? (
        <p class="hint">You get no playback URL, because this title may not be watched where you are.</p>
      ) : (
        <CopyField
          id="playback-url"
          label="Playback URL (HLS)"
          value={props.playbackUrl}
          hint="For trying it in another player. It expires, and works only where the title may be watched."
        />
      )}
    </section>
  );
}

function CopyField(props: { id: string; label: string; value: string; hint?: string }) {
  return (
    <div class="fields">
      <label for={props.id}>{props.label}</label>
      <div class="copy">
        <input id={props.id} value={props.value} readonly />
        <button class="button" type="button" data-copy={props.id} hidden>
          Copy
        </button>
      </div>
      {props.hint === undefined ? null : <p class="hint">{props.hint}</p>}
    </div>
  );
}
