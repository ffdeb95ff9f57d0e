/**
 * Takes out of a line for a log whatever opens something to whoever reads it: the tokens and grants in the paths of playback URLs
 * and of transcoders' tasks (which are JSON in base64url, so they begin with `eyJ`), API keys, and session cookies. Pure.
 */
export function redactSecrets(line: string): string {
  return (
    line
      .replaceAll(/(\/(?:v|internal)\/)[^/?#\s"'`<>)\]]+/g, "$1[hidden]")
      // Only where one can begin, or each beginning in a long run would be looked at to the run's end.
      .replaceAll(/(?<=^|[^\w-]|%[\da-f]{2})eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]+)?/gi, "[hidden]")
      .replaceAll(/mqk_[\w-]+/g, "mqk_[hidden]")
      .replaceAll(/(marquee_session=)[\w-]+/g, "$1[hidden]")
  );
}
