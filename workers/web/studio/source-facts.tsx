import type { Inspection } from "../../../protocol/inspection.ts";
import type { AssetSummary } from "../../api/assets/asset-json.ts";
import { languageName } from "../../shared/language-name.ts";
import { formatBytes, formatDuration } from "../format/format.ts";
import { nameFormat } from "./name-format.ts";

/** ISO 639-2 codes that name no language: undetermined, not coded, no linguistic content, several. */
const unspoken = new Set(["und", "mis", "zxx", "mul"]);

/** Facts of the producer's file: its name and size at first, the rest once it was inspected. */
export function SourceFacts(props: { asset: AssetSummary; inspection: Inspection | null }) {
  const { asset, inspection } = props;
  const uploaded = new Intl.DateTimeFormat("en-GB", {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone: "UTC",
  });
  return (
    <section class="panel" aria-labelledby="source">
      <h2 id="source">Source file</h2>
      <dl class="pairs">
        <dt>File</dt>
        <dd>{asset.filename}</dd>
        <dt>Size</dt>
        <dd>{formatBytes(asset.source.bytes)}</dd>
        <dt>Uploaded</dt>
        <dd>
          <time datetime={asset.created_at}>{uploaded.format(new Date(asset.created_at))} UTC</time>
        </dd>
        {inspection === null ? null : <Inspected inspection={inspection} />}
      </dl>
    </section>
  );
}

function Inspected(props: { inspection: Inspection }) {
  const { video, audio, text = [], container, durationSeconds } = props.inspection;
  const rate = video.averageRate ?? video.statedRate;
  const turned = video.rotation === 0 ? "" : `, turned ${video.rotation}°`;
  const fps = rate === null ? "" : `, ${Number((rate.num / rate.den).toFixed(3))} fps`;
  return (
    <>
      <dt>Length</dt>
      <dd>{formatDuration(durationSeconds)}</dd>
      <dt>Container</dt>
      <dd>{nameFormat(container)}</dd>
      <dt>Video</dt>
      <dd>
        {nameFormat(video.codec)}, {video.width} × {video.height}
        {fps}
        {turned}
      </dd>
      <dt>Sound</dt>
      <dd>
        {audio.length === 0
          ? "none"
          : audio.map((track) => (
              <span class="line">
                {nameFormat(track.codec)},{" "}
                {track.channels === 1
                  ? "mono"
                  : track.channels === 2
                    ? "stereo"
                    : `${track.channels} channels`}
                {inLanguage(track.language)}
              </span>
            ))}
      </dd>
      {text.length === 0 ? null : (
        <>
          <dt>Subtitles</dt>
          <dd>
            {text.map((track) => (
              <span class="line">
                {nameFormat(track.codec)}
                {inLanguage(track.language)}
                {track.isForced ? ", forced" : ""}
                {track.isSdh ? ", for the hard of hearing" : ""}
              </span>
            ))}
          </dd>
        </>
      )}
    </>
  );
}

function inLanguage(language: string | null): string {
  return language === null || unspoken.has(language) ? "" : `, ${languageName(language)}`;
}
