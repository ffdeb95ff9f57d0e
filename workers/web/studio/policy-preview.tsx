/** “As Germany on 1 March”: the part of a title that a viewer gets there and then, and the rule that decides. */

import type { AssetSummary } from "../../api/assets/asset-json.ts";
import type { TitleExplanation } from "../../api/titles/explain-title-for.ts";
import { formatMoment } from "../../playback/policy/refusals.ts";
import { languageName } from "../../shared/language-name.ts";
import { formatBitRate } from "../format/format.ts";
import { countriesByName, countryInSentence } from "../format/names.ts";

/** The question and its answer. `place` is a country, `XX` or `T1`; `moment` as `<input type=datetime-local>` has it, UTC. */
export interface PreviewContent {
  titleId: string;
  place: string;
  moment: string;
  explanation: TitleExplanation;
  /** State of the film itself; null: there is none any more. */
  film: AssetSummary["status"] | null;
}

interface Labelled {
  kind: string;
  label: string;
}

/** See {@link PreviewContent}. */
export function PolicyPreview(props: PreviewContent) {
  const { titleId, place, moment, explanation } = props;
  return (
    <section class="panel preview" id="preview" aria-labelledby="preview-heading">
      <h2 id="preview-heading">Preview</h2>
      <form method="get" action={`/studio/titles/${titleId}#preview`} class="preview-form">
        <div class="fields">
          <label for="as">As a viewer in</label>
          <select id="as" name="as">
            {countriesByName.map(({ code, name }) => (
              <option value={code} selected={code === place}>
                {name}
              </option>
            ))}
            <option value="XX" selected={place === "XX"}>
              A country that is not known
            </option>
            <option value="T1" selected={place === "T1"}>
              The Tor network
            </option>
          </select>
        </div>
        <div class="fields">
          <label for="on">On (UTC)</label>
          <input id="on" name="on" type="datetime-local" value={moment} required />
        </div>
        <button class="button" type="submit">
          Show
        </button>
      </form>
      <div class="previewed" data-live="preview">
        <Answer place={place} explanation={explanation} film={props.film} />
        <Tried explanation={explanation} />
        <Kept explanation={explanation} />
      </div>
    </section>
  );
}

function Answer({ place, explanation, film }: Pick<PreviewContent, "place" | "explanation" | "film">) {
  const { decision, at } = explanation;
  const who =
    place === "XX" ? "somewhere unknown" : place === "T1" ? "on Tor" : `in ${countryInSentence(place)}`;
  return (
    <div class="answer" role="status">
      <p>
        {/* One sentence, because it is read aloud. */}
        <strong class={decision.allowed ? (film === "ready" ? "yes" : undefined) : "no"}>
          On {formatMoment(at)}, a viewer {who} {decision.allowed ? "may watch it" : "may not watch it"}.
        </strong>
      </p>
      {decision.allowed && film !== "ready" ? (
        <p class="no">The rules allow it, but {noFilm[film ?? "deleted"]}.</p>
      ) : null}
      {decision.allowed ? (
        film === "ready" ? (
          <Given explanation={explanation} />
        ) : null
      ) : (
        <p>{decision.reason}</p>
      )}
      <p class="hint">
        Decided by the rule “{decision.rule}”.{" "}
        {decision.changesAt === null
          ? "Nothing changes after that."
          : `This changes on ${formatMoment(decision.changesAt)}.`}
      </p>
      <p class="code">{decision.allowed ? `class ${decision.policyClass}` : decision.code}</p>
    </div>
  );
}

/** The reason why nobody can watch a film that the rules allow. */
const noFilm = {
  waiting: "the film still waits to be prepared",
  preparing: "the film is still being prepared",
  errored: "the film’s preparation failed",
  deleted: "the film was deleted",
};

function Given({ explanation }: { explanation: TitleExplanation }) {
  const { decision, defaultAudio, defaultText } = explanation;
  if (!decision.allowed) return null;
  const { maxHeight, maxBitrate, rating } = decision.outcome;
  const caps = [
    ...(maxHeight === null ? [] : [`up to ${maxHeight}p`]),
    ...(maxBitrate === null ? [] : [`up to ${formatBitRate(maxBitrate)}`]),
  ];
  const facts = [
    `Picture: ${caps.length === 0 ? "every quality" : caps.join(", ")}.`,
    ...(defaultAudio === null || defaultAudio === "und" ? [] : [`Plays in ${languageName(defaultAudio)}.`]),
    defaultText === null ? "No subtitles unless asked for." : `Subtitles in ${languageName(defaultText)}.`,
    ...(rating === null ? [] : [`Rated ${rating.label}, from ${rating.minimumAge} years on.`]),
  ];
  return <p>{facts.join(" ")}</p>;
}

function Tried({ explanation }: { explanation: TitleExplanation }) {
  return (
    <>
      <h3>Rules, in the order they were tried</h3>
      <ol class="tried">
        {explanation.rules.map(({ name, of, decides, why }) => (
          <li class={decides ? "decides" : undefined}>
            <strong>{name}</strong>
            {of === "service" ? <span class="hint"> (the service’s)</span> : null}: {why}
          </li>
        ))}
      </ol>
    </>
  );
}

function Kept({ explanation }: { explanation: TitleExplanation }) {
  const { renditions, labels, decision } = explanation;
  const listed = renditions
    .flatMap((verdict) => {
      const facts = labels.get(verdict.key);
      const isFilm = facts !== undefined && facts.status === "ready" && facts.kind in kinds;
      return isFilm ? [{ ...facts, ...verdict }] : [];
    })
    // As people list them: the best picture first, then sound, then subtitles.
    .toSorted((one, other) => order(one.kind) - order(other.kind) || withinKind(one, other));
  if (listed.length === 0 || (!decision.allowed && !decision.code.startsWith("no_"))) return null;
  return (
    <>
      <h3>Qualities and languages</h3>
      <ul class="kept">
        {listed.map(({ kind, label, kept, rule, reason }) => (
          <li>
            <span class={kept ? "yes" : "no"}>{kept ? "Kept" : "Dropped"}</span>
            <span>
              {kinds[kind] ?? kind} {label}
              {kept ? null : (
                <span class="hint">
                  {" "}
                  by “{rule}”: {reason}
                </span>
              )}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

const kinds: Readonly<Record<string, string>> = { video: "Picture", audio: "Sound", text: "Subtitles" };

const order = (kind: string) => Object.keys(kinds).indexOf(kind);

const withinKind = (one: Labelled, other: Labelled) =>
  one.kind === "video" ? byLabel.compare(other.label, one.label) : byLabel.compare(one.label, other.label);

/** 1080p is more than 720p. */
const byLabel = new Intl.Collator("en", { numeric: true });
