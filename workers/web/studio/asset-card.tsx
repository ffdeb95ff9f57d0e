/** One film in the studio. Parts that move while it is prepared carry `data-` hooks, which islands/studio/studio.island.ts fills. */
import type { AssetSummary, Stage, StageName } from "../../api/assets/asset-json.ts";
import { formatAgo, formatBytes, formatDuration, formatPercent, formatTimeLeft } from "../format/format.ts";
import { Poster } from "../layout/poster.tsx";
import { assetPhase } from "./asset-phase.ts";
import { isSourceFault } from "./is-source-fault.ts";

const statusWords = { waiting: "Waiting", preparing: "Preparing", ready: "Ready", errored: "Failed" };

/** A producer's word for each stage. */
const stageWords: Record<StageName, string> = {
  inspect: "Check",
  video: "Video",
  audio: "Sound",
  poster: "Poster",
  publish: "Publish",
};

/** @param props.now Unix milliseconds */
export function AssetCard(props: { asset: AssetSummary; now: number; alone?: boolean }) {
  const { asset } = props;
  const working = asset.error === null && asset.progress.fraction < 1;
  const plays = asset.status === "ready";
  const facts = [
    asset.duration === null ? null : formatDuration(asset.duration),
    formatBytes(asset.source.bytes),
  ].filter((fact) => fact !== null);
  return (
    <li
      class={`card ${asset.status}`}
      id={asset.id}
      data-asset={asset.id}
      data-status={asset.status}
      data-phase={assetPhase(asset)}
    >
      <Poster poster={asset.poster} title={asset.title} sizes="200px" />
      <div class="card-words">
        <p class="card-head">
          <span class={`badge ${asset.status}`}>{statusWords[asset.status]}</span>
          {props.alone === true ? null : (
            <a class="card-title" href={`/studio/titles/${asset.title_id}`} title={asset.title}>
              {asset.title}
            </a>
          )}
        </p>
        <p class="facts">
          {facts.join(" · ")} ·{" "}
          <time datetime={asset.created_at}>{formatAgo(Date.parse(asset.created_at), props.now)}</time>
        </p>
        <p class="facts filename" title={asset.filename}>
          {asset.filename}
        </p>
        {working && plays ? <p class="facts">It plays already; its other qualities follow.</p> : null}
        {working ? <Progress asset={asset} /> : null}
        {asset.error === null ? null : <Failure error={asset.error} plays={plays} />}
      </div>
      <div class="card-actions">
        {plays ? (
          <a class="button primary" href={`/watch/${asset.title_slug}`}>
            Watch
          </a>
        ) : null}
        {asset.error === null ? null : <NextTry asset={asset} error={asset.error} />}
        {props.alone === true ? null : (
          <a class="button" href={`/studio/titles/${asset.title_id}`}>
            Edit
          </a>
        )}
        <details class="confirm">
          <summary class="button quiet">Delete</summary>
          <form method="post" action={`/studio/assets/${asset.id}/delete`} data-action="delete">
            <p>Delete this film? Nobody can watch it then. You can take it back for a while.</p>
            <button class="button danger" type="submit">
              Delete
            </button>
          </form>
        </details>
      </div>
    </li>
  );
}

function Progress(props: { asset: AssetSummary }) {
  const { progress } = props.asset;
  return (
    <div class="work">
      <p class="work-line">
        <progress max={1} value={progress.fraction} aria-label={`Preparing ${props.asset.title}`} data-bar />
        <span data-percent>{formatPercent(progress.fraction)}</span>
        <span class="left" data-left>
          {formatTimeLeft(progress.eta_seconds)}
        </span>
      </p>
      <ol class="stages">
        {progress.stages.map((stage) => (
          <StageItem stage={stage} />
        ))}
      </ol>
    </div>
  );
}

function StageItem(props: { stage: Stage }) {
  const { stage } = props;
  return (
    <li data-stage={stage.name} data-state={stage.status}>
      {stageWords[stage.name]}
      <span class="stage-percent" data-stage-percent>
        {stage.status === "running" && stage.fraction > 0 ? formatPercent(stage.fraction) : ""}
      </span>
      <span class="unseen" data-stage-words>
        {stage.status}
      </span>
    </li>
  );
}

/** The offer after a failure: to try the same file again, or to upload another one. */
function NextTry({ asset, error }: { asset: AssetSummary; error: NonNullable<AssetSummary["error"]> }) {
  const look = asset.status === "ready" ? "button" : "button primary";
  if (isSourceFault(error.code)) {
    return (
      <a class={look} href="/studio#upload">
        Upload another file
      </a>
    );
  }
  return (
    <form method="post" action={`/studio/assets/${asset.id}/retry`} data-action="retry">
      <button class={look} type="submit">
        Try again
      </button>
    </form>
  );
}

function Failure(props: { error: NonNullable<AssetSummary["error"]>; plays: boolean }) {
  return (
    <div class="failure">
      <p>
        {props.plays
          ? `It plays, but not every quality could be made: ${props.error.detail}`
          : props.error.detail}
      </p>
      <p class="code">{props.error.code}</p>
      {props.error.log === null || props.error.log === "" ? null : (
        <details>
          <summary>Technical log</summary>
          <pre>{props.error.log}</pre>
        </details>
      )}
    </div>
  );
}
