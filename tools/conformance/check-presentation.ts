/** From a location to results: loads, probes, decodes and checks. */
import { checkRules, type RuleResult } from "./check-rules.ts";
import { decodeTracks } from "./load/decode-tracks.ts";
import { openFolder } from "./load/folder-source.ts";
import { openHttp } from "./load/http-source.ts";
import { loadPresentation } from "./load/load-presentation.ts";
import { probeServer } from "./load/probe-server.ts";
import type { Presentation } from "./model/presentation.ts";
import type { Target } from "./rules/rule.ts";

/** Settings of a check. */
export interface CheckOptions {
  quick?: boolean;
  decode?: boolean;
  target?: Target;
  onProgress?: (what: string) => void;
}

/** @param location an http(s) URL, a folder or a playlist file. @throws CannotRead when nothing can be checked. */
export async function checkPresentation(
  location: string,
  { quick = false, decode = false, target = "any", onProgress = () => undefined }: CheckOptions = {},
): Promise<{ presentation: Presentation; results: RuleResult[] }> {
  const isHttp = /^https?:\/\//.test(location);
  const source = isHttp ? openHttp(location) : await openFolder(location);
  const presentation = await loadPresentation(source, { quick, onProgress });
  if (isHttp) presentation.probes = await probeServer(presentation);
  if (decode) presentation.decoded = await decodeTracks(presentation, source, onProgress);
  return { presentation, results: checkRules(presentation, target) };
}
