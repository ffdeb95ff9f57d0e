/**
 * Logs something that whoever looks into a theft wants to find: who got in, and who made or ended which key. One line of JSON, with
 * ids and never a secret. docs/privacy.md says how long the log is kept.
 */
export function logEvent(
  event: "sign_in" | "sign_in_refused" | "key_made" | "key_revoked",
  facts: Readonly<Record<string, string | number | boolean | null>>,
): void {
  console.log(JSON.stringify({ event, ...facts }));
}
