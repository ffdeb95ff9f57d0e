/** A title's policy in the studio: the document itself, and its history. */
import type { PolicyVersion } from "../../api/titles/find-policy.ts";
import { formatAgo } from "../format/format.ts";
import { writePolicyText } from "./write-policy-text.ts";

/** The content of the editor. */
export interface PolicyContent {
  titleId: string;
  /** True: its own; false: made from its country lists. */
  isOwn: boolean;
  /** Number of the version that `text` is, or was made from. */
  version: number;
  /** JSON, as stored or as typed. */
  text: string;
  /** Sentences, each with the place in the document that it is about; empty: nothing is wrong. */
  errors: { pointer: string; detail: string }[];
  versions: PolicyVersion[];
  /** It has just been written or removed. */
  saved: boolean;
  /** Somebody else has written it since it was read. */
  outdated: boolean;
}

/** The policy as JSON to edit, with its history. */
export function PolicyPanel(props: PolicyContent & { now: number }) {
  const { isOwn, errors, titleId, version } = props;
  return (
    <section class="panel policy" id="policy" aria-labelledby="policy-heading">
      <h2 id="policy-heading">Policy</h2>
      {props.saved ? (
        <p class="saved" role="status">
          The policy is saved. It counts within seconds, also for films that are already playing.
        </p>
      ) : null}
      <p class="hint">
        {isOwn
          ? "This title has a policy of its own, which decides for every country and moment. Its country lists don’t count."
          : "The countries chosen above, written as a policy. Save it as a policy of its own to add windows, qualities, languages and networks; from then on, choose countries here."}
      </p>
      <details open={isOwn || errors.length > 0}>
        <summary>{isOwn ? "Edit the policy" : "Write a policy of its own"}</summary>
        <form method="post" action={`/studio/titles/${titleId}/policy#policy`} class="fields">
          <input type="hidden" name="version" value={String(version)} />
          {errors.length === 0 ? null : (
            <div id="policy-wrong" class="field-error" role="alert">
              <p>The policy was not saved:</p>
              <ul>
                {errors.map(({ pointer, detail }) => (
                  <li>
                    {pointer === "" ? null : <code>{pointer}</code>} {detail}.
                  </li>
                ))}
              </ul>
              {props.outdated ? (
                <p>
                  <a href={`/studio/titles/${titleId}`} target="_blank" rel="noopener">
                    Open it as it is now
                  </a>{" "}
                  beside this page.
                </p>
              ) : null}
            </div>
          )}
          <label for="policy-text">Policy as JSON</label>
          <textarea
            id="policy-text"
            name="policy"
            rows={18}
            spellcheck={false}
            autocomplete="off"
            aria-invalid={errors.length === 0 ? undefined : "true"}
            aria-describedby={errors.length === 0 ? undefined : "policy-wrong"}
          >
            {props.text}
          </textarea>
          <p class="form-end">
            <button class="button primary" type="submit">
              Save policy
            </button>
            {isOwn ? (
              <button
                class="button"
                type="submit"
                formaction={`/studio/titles/${titleId}/policy/remove#policy`}
              >
                Remove, and choose countries again
              </button>
            ) : null}
          </p>
        </form>
      </details>
      <History versions={props.versions} now={props.now} />
    </section>
  );
}

function History(props: { versions: PolicyVersion[]; now: number }) {
  if (props.versions.length === 0) return <p class="hint">The policy was never changed.</p>;
  return (
    <>
      <h3>History</h3>
      <ol class="history">
        {props.versions.map(({ version, kind, document, createdAt, producerName, producerId }) => (
          <li>
            <details>
              <summary>
                <span>
                  Version {version}: {kind === "own" ? "own policy" : "country lists"}
                </span>
                <span class="hint">
                  {producerName ?? producerId},{" "}
                  <time datetime={new Date(createdAt).toISOString()}>{formatAgo(createdAt, props.now)}</time>
                </span>
              </summary>
              <pre>{writePolicyText(document)}</pre>
              <button class="button" type="button" data-restore hidden>
                Put into the editor
              </button>
            </details>
          </li>
        ))}
      </ol>
    </>
  );
}
