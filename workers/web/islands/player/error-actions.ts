/** What can be done about a film that stopped: `retry`, `leave` for another film, or `either` where both may help. */
export type ErrorActions = "retry" | "leave" | "either";

/** Refusals that another network can change, and films that come later. */
const mayChange: ReadonlySet<string> = new Set([
  "country_unknown",
  "network_not_allowed",
  "not_yet_available",
  "not_ready",
]);

/** Refusals that last: trying again would only show the same sentence again. */
const final: ReadonlySet<string> = new Set([
  "not_available_in_country",
  "no_longer_available_here",
  "withheld",
  "no_rung_allowed",
  "no_audio_allowed",
  "title_not_found",
  "asset_errored",
  "playback_refused",
]);

/** @param code why the film stopped; what is not a refusal by rules (offline, a failed load) is worth another try */
export function errorActions(code: string): ErrorActions {
  if (final.has(code)) return "leave";
  return mayChange.has(code) ? "either" : "retry";
}
