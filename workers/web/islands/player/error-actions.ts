import type { RefusalCode } from "../../../playback/policy/refusals.ts";

/** Offers for a film that stopped: `retry`, `leave` for another film, or `either` where both may help. */
export type ErrorActions = "retry" | "leave" | "either";

/** Refusals by the rules, and those before any rule is asked (`POST /v1/playback`), and the player's own. */
type StopCode = RefusalCode | "title_not_found" | "not_ready" | "asset_errored" | "playback_refused";

/** Refusals that another network can change, and films that come later. */
const mayChange: ReadonlySet<string> = new Set<StopCode>([
  "country_unknown",
  "network_not_allowed",
  "not_yet_available",
  "not_ready",
]);

/** Refusals that last: trying again would only show the same sentence again. */
const final: ReadonlySet<string> = new Set<StopCode>([
  "not_available_in_country",
  "no_longer_available_here",
  "withheld",
  "no_rung_allowed",
  "no_audio_allowed",
  "title_not_found",
  "asset_errored",
  "playback_refused",
]);

/** @param code the reason why the film stopped; one that is no refusal (offline, a failed load) is worth another try */
export function errorActions(code: string): ErrorActions {
  if (final.has(code)) return "leave";
  return mayChange.has(code) ? "either" : "retry";
}
