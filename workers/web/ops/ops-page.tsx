import type { Alarm } from "../../catalog/alarms.ts";
import { sourceNotification } from "../../ingest/notification.ts";
import type { DeadLetter } from "../../pipeline/queues/dead-letters.ts";
import { databaseLimit, type Gauges } from "../../pipeline/reconcile/gauges.ts";
import { taskMessage } from "../../pipeline/tasks/task-messages.ts";
import { cutCharacters } from "../../shared/characters.ts";
import { formatAgo, formatBytes, formatDuration, formatPercent } from "../format/format.ts";
import { Layout } from "../layout/layout.tsx";

/** A run of the cron is late after this long, milliseconds: it comes each minute. */
const lateMs = 5 * 60_000;

/** The words for who follows the changes. */
const followers: Record<string, string> = {
  edge: "Playback at the edge",
  shelf: "The home page's shelves",
  search: "Search",
  export: "Exports for a disaster",
};

/** How the service is, for those who run it. @param props.now Unix milliseconds */
export function OpsPage(props: { gauges: Gauges; alarms: Alarm[]; letters: DeadLetter[]; now: number }) {
  const { gauges, alarms, letters, now } = props;
  return (
    <Layout title="Operations" place="studio">
      <main id="content" class="studio ops">
        <h1>Operations</h1>
        <Alarms alarms={alarms} now={now} />
        <div class="columns">
          <div class="column">
            <Holdings gauges={gauges} />
            <Waiting gauges={gauges} />
          </div>
          <div class="column">
            <Cron gauges={gauges} now={now} />
            <Followers behind={gauges.changesBehind} />
          </div>
        </div>
        <Letters letters={letters} now={now} />
      </main>
    </Layout>
  );
}

function Alarms(props: { alarms: Alarm[]; now: number }) {
  if (props.alarms.length === 0) return <p class="saved">No alarms. Nothing needs you.</p>;
  return (
    <section class="not-saved" aria-labelledby="alarms">
      <h2 id="alarms">{props.alarms.length === 1 ? "One alarm" : `${props.alarms.length} alarms`}</h2>
      <dl class="alarms">
        {props.alarms.map(({ code, detail, raisedAt }) => (
          <div>
            <dt>
              <code>{code}</code> <span class="facts">{formatAgo(raisedAt, props.now)}</span>
            </dt>
            <dd>{detail}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Holdings(props: { gauges: Gauges }) {
  const { databaseBytes, titles, assets } = props.gauges;
  const share = databaseBytes / databaseLimit;
  return (
    <section class="panel" aria-labelledby="holdings">
      <h2 id="holdings">Database</h2>
      <p>
        {formatBytes(databaseBytes)} of {formatBytes(databaseLimit)} ({formatPercent(share)})
      </p>
      <progress max={1} value={share} aria-label="Share of the database that is used" />
      <dl class="pairs">
        <dt>Titles ever added</dt>
        <dd>{count(titles)}</dd>
        <dt>Films ever added</dt>
        <dd>{count(assets)}</dd>
      </dl>
    </section>
  );
}

function Waiting(props: { gauges: Gauges }) {
  const { queued, running, deadLetters } = props.gauges;
  return (
    <section class="panel" aria-labelledby="waiting">
      <h2 id="waiting">Work</h2>
      <dl class="pairs">
        <dt>Tasks that wait</dt>
        <dd>{atMost(queued)}</dd>
        <dt>Tasks that run</dt>
        <dd>{atMost(running)}</dd>
        <dt>Dead letters</dt>
        <dd>{atMost(deadLetters)}</dd>
      </dl>
    </section>
  );
}

function Cron(props: { gauges: Gauges; now: number }) {
  const { cron } = props.gauges;
  if (cron === null) {
    return (
      <section class="panel" aria-labelledby="cron">
        <h2 id="cron">Each minute's work</h2>
        <p class="calm">It has not run yet.</p>
      </section>
    );
  }
  const busiest = Object.entries(cron.statements).toSorted((a, b) => b[1] - a[1]);
  return (
    <section class="panel" aria-labelledby="cron">
      <h2 id="cron">Each minute's work</h2>
      {props.now - cron.dueAt > lateMs ? (
        <p class="field-error" role="alert">
          It has not come to its end for {formatDuration((props.now - cron.dueAt) / 1000)}. Look at the cron
          trigger and its log.
        </p>
      ) : (
        <p>
          Ran {formatAgo(cron.dueAt, props.now)} and took{" "}
          {cron.tookMs < 1000 ? "less than a second" : formatDuration(cron.tookMs / 1000)}.
        </p>
      )}
      <details>
        <summary>Statements by step</summary>
        <dl class="pairs">
          {busiest.map(([name, sent]) => (
            <>
              <dt>{name}</dt>
              <dd>{count(sent)}</dd>
            </>
          ))}
        </dl>
      </details>
    </section>
  );
}

function Followers(props: { behind: Record<string, number> }) {
  return (
    <section class="panel" aria-labelledby="followers">
      <h2 id="followers">Changes on their way</h2>
      <dl class="pairs">
        {Object.entries(props.behind).map(([name, behind]) => (
          <>
            <dt>{followers[name] ?? name}</dt>
            <dd>{behind === 0 ? "up to date" : `${count(behind)} behind`}</dd>
          </>
        ))}
      </dl>
    </section>
  );
}

function Letters(props: { letters: DeadLetter[]; now: number }) {
  return (
    <section class="panel" aria-labelledby="letters">
      <h2 id="letters">Dead letters</h2>
      {props.letters.length === 0 ? (
        <p class="calm">None. A message that its queue gives up on is kept here, and can be sent again.</p>
      ) : (
        <ul class="letters">
          {props.letters.map(({ id, body, createdAt, rerunAt }) => (
            <li>
              <p>{wordsOf(body)}</p>
              <p class="facts">
                Given up {formatAgo(createdAt, props.now)}
                {rerunAt === null ? "" : `, sent again ${formatAgo(rerunAt, props.now)}`}
              </p>
              <code>{cutCharacters(JSON.stringify(body), 300)}</code>
              <form method="post" action={`/ops/dead-letters/${id}/rerun`}>
                <button class="button" type="submit">
                  Send again
                </button>
              </form>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** What a message was for, in words. */
function wordsOf(body: unknown): string {
  const source = sourceNotification.safeParse(body);
  if (source.success) return `“A source has arrived”: ${source.data.object.key}`;
  const task = taskMessage.safeParse(body);
  return task.success ? `“There is work to do”: task ${task.data.taskId}` : "A message that is none of ours";
}

function count(value: number): string {
  return value.toLocaleString("en");
}

/** A count that ends at ten thousand. */
function atMost(value: number): string {
  return value >= 10_000 ? `${count(value)} or more` : count(value);
}
