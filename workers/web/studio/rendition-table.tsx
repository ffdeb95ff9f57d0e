import type { LadderJson, RenditionJson } from "../../api/assets/asset-json.ts";
import { formatBitRate, formatBytes } from "../format/format.ts";
import { LadderReasons } from "./ladder-reasons.tsx";

const none = "–";
const statusWords = { preparing: "Preparing", ready: "Ready", errored: "Failed", retired: "Retired" };

const kindWords = { video: "", audio: "Sound\u00a0· ", text: "Subtitles\u00a0· ", image: "", storyboard: "" };
const kinds = ["video", "audio", "text"];

/** Pictures from the largest, as they come; then sound, then subtitles, each by name. */
function inOrder(renditions: RenditionJson[]): RenditionJson[] {
  return renditions
    .filter(({ kind }) => kinds.includes(kind))
    .toSorted(
      (one, other) =>
        kinds.indexOf(one.kind) - kinds.indexOf(other.kind) ||
        (one.kind === "video" ? 0 : one.label.localeCompare(other.label, "en")),
    );
}

/** The renditions made from the source, without pictures, which are seen and need no list. */
export function RenditionTable(props: { renditions: RenditionJson[]; ladder: LadderJson | null }) {
  const rows = inOrder(props.renditions);
  if (rows.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="renditions">
      <h2 id="renditions">Renditions</h2>
      <section class="table" tabindex={0} aria-label="Renditions, scrolls sideways">
        <table>
          <thead>
            <tr>
              <th scope="col">Rendition</th>
              <th scope="col" class="spare">
                Picture
              </th>
              <th scope="col" class="spare">
                Codec
              </th>
              <th scope="col" class="number">
                Average
              </th>
              <th scope="col" class="number spare">
                Peak
              </th>
              <th scope="col" class="number spare">
                Segments
              </th>
              <th scope="col" class="number">
                Size
              </th>
              <th scope="col">Status</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr>
                <th scope="row">
                  {kindWords[row.kind]}
                  {row.label}
                  {row.channels === 6 ? " 5.1" : ""}
                </th>
                <td class="spare">{pictureOf(row)}</td>
                <td class="mono spare">{row.codecs ?? none}</td>
                <td class="number">{rateOf(row, row.average_bandwidth)}</td>
                <td class="number spare">{rateOf(row, row.bandwidth)}</td>
                <td class="number spare">{row.segment_count ?? none}</td>
                <td class="number">{row.bytes === null ? none : formatBytes(row.bytes)}</td>
                <td>{row.note === null ? statusWords[row.status] : `Left out: ${row.note}`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {props.ladder === null ? null : <LadderReasons ladder={props.ladder} />}
    </section>
  );
}

/** Subtitles are so few bits that their rate says nothing. */
function rateOf(row: RenditionJson, bitsPerSecond: number | null): string {
  return bitsPerSecond === null || row.kind === "text" ? none : formatBitRate(bitsPerSecond);
}

function pictureOf(row: RenditionJson): string {
  if (row.width === null || row.height === null) return none;
  const rate = row.frame_rate === null ? "" : `, ${Number(row.frame_rate.toFixed(3))} fps`;
  return `${row.width} × ${row.height}${rate}`;
}
