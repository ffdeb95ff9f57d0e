/** Every refusal of a policy: its status, and words that tell the viewer the next step. */
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { Problem } from "../../http/problem.ts";

const unavailable = 451;
const forbidden = 403;

/** By stable code. 451 (RFC 7725) where rights are the reason, 403 elsewhere. */
export const refusals = {
  not_available_in_country: {
    status: unavailable,
    words: "This title is not available in your country. Choose another one to watch.",
  },
  country_unknown: {
    status: unavailable,
    words:
      "We could not tell which country you are in, and this title may be shown only in some. Turn off your VPN or proxy, then try again.",
  },
  not_yet_available: {
    status: unavailable,
    words: "This title is not yet available where you are. Come back later.",
  },
  no_longer_available_here: {
    status: unavailable,
    words: "This title is no longer available where you are. Choose another one to watch.",
  },
  network_not_allowed: {
    status: forbidden,
    words:
      "This title may not be watched through your network. Try again on another one, without VPN or proxy.",
  },
  withheld: {
    status: forbidden,
    words: "This title is withheld for now. Choose another one to watch.",
  },
  no_rung_allowed: {
    status: forbidden,
    words: "There is no picture quality of this title that you may watch where you are. Choose another one.",
  },
  no_audio_allowed: {
    status: forbidden,
    words: "There is no sound track of this title that you may hear where you are. Choose another one.",
  },
  rung_not_allowed: {
    status: forbidden,
    words: "This picture quality is not allowed here. Load the playback URL again, and play what it lists.",
  },
  track_not_allowed: {
    status: forbidden,
    words: "This language is not allowed here. Load the playback URL again, and play what it lists.",
  },
} as const satisfies Record<string, { status: ContentfulStatusCode; words: string }>;

/** See {@link refusals}. */
export type RefusalCode = keyof typeof refusals;

/** Every code with which a playback URL can be refused: by the rules, or because there is nothing to play. */
export type PlaybackRefusalCode = RefusalCode | "title_not_found" | "not_ready" | "asset_errored";

/**
 * A refusal by the rules. Decisions are cached by country and network until `changesAt`: nothing here may depend on anything
 * else of the viewer, and what depends on time must follow from the deciding rule's state (`stateAt` in decide-rules.ts), or it
 * goes stale.
 */
export interface RuleRefusal {
  code: RefusalCode;
  /** A sentence for the viewer. */
  reason: string;
  /** The opening of the rule's own next window, Unix milliseconds; null: it has none to come. */
  opensAt: number | null;
}

/** Makes every refusal there is: of a title by its rules, of a title of which they leave nothing, and of a single file. */
export function ruleRefusal(code: RefusalCode, opensAt: number | null = null): RuleRefusal {
  const opening = code === "not_yet_available" ? opensAt : null;
  const reason =
    opening === null
      ? refusals[code].words
      : `This title is not yet available where you are. Come back on ${formatMoment(opening)}.`;
  return { code, reason, opensAt };
}

/** The problem to answer a refusal with. `changes_at` (ISO 8601, or null): the next change of the rules' decision. */
export function refusalProblem(
  refusal: RuleRefusal & { changesAt: number | null },
  headers: Record<string, string> = {},
): Problem {
  const { code, reason, changesAt } = refusal;
  return new Problem(refusals[code].status, code, reason, {
    headers,
    members: { changes_at: changesAt === null ? null : new Date(changesAt).toISOString() },
  });
}

/** Writes a moment in words, for example `1 March 2027, 00:00 UTC`; with seconds when it has some. */
export function formatMoment(at: number): string {
  const date = new Date(at);
  const day = date.toLocaleDateString("en-GB", { dateStyle: "long", timeZone: "UTC" });
  const time = date.toISOString().slice(11, at % 60_000 === 0 ? 16 : 19);
  return `${day}, ${time} UTC`;
}
