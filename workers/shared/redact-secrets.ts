/**
 * Takes out of a line for a log whatever opens something to whoever reads it: the tokens and grants in the paths of playback URLs
 * and of transcoders' tasks (which are JSON in base64url, so they begin with `eyJ`), API keys, and session cookies. Pure.
 */
export function redactSecrets(line: string): string {
  return line
    .replaceAll(/(\/(?:v|internal)\/)[^/?#\s"'`<>)\]]+/g, "$1[hidden]")
    .replaceAll(/eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]+)?/g, "[hidden]")
    .replaceAll(/mqk_[\w-]+/g, "mqk_[hidden]")
    .replaceAll(/(marquee_session=)[\w-]+/g, "$1[hidden]");
}
