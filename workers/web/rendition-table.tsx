import type { RenditionJson } from "../studio/asset-json.ts";
import { sayBytes } from "./say-bytes.ts";
import { sayRate } from "./say-rate.ts";

const none = "–";
const statusWords = { preparing: "Preparing", ready: "Ready", errored: "Failed", retired: "Retired" };

/** What was made from the source. Pictures are left out: they are seen, not listed. */
export function RenditionTable(props: { renditions: RenditionJson[] }) {
  const rows = props.renditions.filter(({ kind }) => kind !== "image" && kind !== "storyboard");
  if (rows.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="renditions">
      <h2 id="renditions">Renditions</h2>
      <section class="table" tabindex={0} aria-label="Renditions, scrolls sideways">
        <table>
          <thead>
            <tr>
              <th scope="col">Rendition</th>
              <th scope="col">Picture</th>
              <th scope="col">Codec</th>
              <th scope="col" class="number">
                Average
              </th>
              <th scope="col" class="number">
                Peak
              </th>
              <th scope="col" class="number">
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
                  {row.label}
                  {row.channels === 6 ? " 5.1" : ""}
                </th>
                <td>{pictureOf(row)}</td>
                <td class="mono">{row.codecs ?? none}</td>
                <td class="number">
                  {row.average_bandwidth === null ? none : sayRate(row.average_bandwidth)}
                </td>
                <td class="number">{row.bandwidth === null ? none : sayRate(row.bandwidth)}</td>
                <td class="number">{row.segment_count ?? none}</td>
                <td class="number">{row.bytes === null ? none : sayBytes(row.bytes)}</td>
                <td>{row.note === null ? statusWords[row.status] : `Left out: ${row.note}`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function pictureOf(row: RenditionJson): string {
  if (row.width === null || row.height === null) return none;
  const rate = row.frame_rate === null ? "" : `, ${Number(row.frame_rate.toFixed(3))} fps`;
  return `${row.width} × ${row.height}${rate}`;
}
