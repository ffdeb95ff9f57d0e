/** The reasons for a film's qualities: every rung that was considered, kept or not, and the first one that plays. */
import type { LadderJson } from "../../api/assets/asset-json.ts";
import { formatBitRate } from "../format/format.ts";

/** See the file's comment. */
export function LadderReasons({ ladder }: { ladder: LadderJson }) {
  // A sentence that explains both stands once.
  const before = new Set([ladder.source_play.reason, ladder.first_play.reason]);
  return (
    <details class="reasons">
      <summary>Reasons for these qualities</summary>
      <ul class="kept">
        {ladder.decisions.map(({ label, width, height, kept, maxrate, reason }, index) => (
          <li>
            <span class={kept ? "yes" : "hint"}>{kept ? "Made" : "Left out"}</span>
            <span>
              <strong>{label}</strong> · {width} × {height} · at most {formatBitRate(maxrate)}
              {reason === ladder.decisions[index - 1]?.reason ? null : (
                <span class="hint line">{reason}</span>
              )}
            </span>
          </li>
        ))}
      </ul>
      <h3>Until all of them are made</h3>
      {[...before].map((reason) => (
        <p class="hint">{reason}</p>
      ))}
    </details>
  );
}
