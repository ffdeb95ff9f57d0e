/** Delivers the list of a film's tracks (a multivariant playlist, a manifest): one text for each policy class. */
import type { Context } from "hono";
import { Problem } from "../../http/problem.ts";
import { multivariantForViewer } from "../delivery/cache-lifetimes.ts";
import { deliverMedia } from "../delivery/deliver-media.ts";
import { readLanguagePreferences } from "../policy/choose-languages.ts";
import { readPlayableTitle } from "../policy/playable-title.ts";
import { authorise, type Grant } from "./authorise.ts";

/** A kind of presentation: its path at the origin, and its MIME type. */
export interface Presentation {
  path(grant: Grant): string | Promise<string>;
  contentType: string;
}

/**
 * Answers with the presentation of this viewer's class; their languages come from `?audio=`, `?text=` and `Accept-Language`.
 * @throws Problem of `authorise` and `deliverMedia`.
 */
export async function deliverPresentation(
  c: Context<{ Bindings: Env }>,
  token: string,
  presentation: Presentation,
): Promise<Response> {
  const now = Date.now();
  const preferences = readLanguagePreferences(
    new URL(c.req.url).searchParams,
    c.req.header("Accept-Language") ?? null,
  );
  const deliver = async (grant: Grant): Promise<Response> => {
    const { policyClass, secondsLeft, changesAt, trace } = grant;
    const { contentType } = presentation;
    const cacheControl = multivariantForViewer(secondsLeft, changesAt, now);
    const delivery = { contentType, cacheControl, compressible: true, policyClass, changesAt, trace };
    return await deliverMedia(c, await presentation.path(grant), delivery);
  };
  const grant = await authorise(c, token, now, preferences);
  try {
    return await deliver(grant);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "media_not_found") throw error;
    // The film was published again since this isolate read it, and the origin has moved on: read it again, once.
    await readPlayableTitle(grant.film.assetId, now, 0);
    return await deliver(await authorise(c, token, now, preferences));
  }
}
