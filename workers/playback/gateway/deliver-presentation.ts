/** Delivers what names a film's tracks (a multivariant playlist, a manifest): one text for each policy class. */
import type { Context } from "hono";
import { Problem } from "../../http/problem.ts";
import { multivariantForViewer } from "../delivery/cache-lifetimes.ts";
import { deliverMedia } from "../delivery/deliver-media.ts";
import { readWishes } from "../policy/choose-languages.ts";
import { readTitlePolicy } from "../policy/playable-title.ts";
import { authorise, type Grant } from "./authorise.ts";

/** One form of presentation: its path at the origin, and its MIME type. */
export interface Presentation {
  path(grant: Grant): string | Promise<string>;
  contentType: string;
}

/**
 * Answers with the presentation of this viewer's class; their languages are told by `?audio=`, `?text=` and `Accept-Language`.
 * @throws Problem of `authorise` and `deliverMedia`.
 */
export async function deliverPresentation(
  c: Context<{ Bindings: Env }>,
  token: string,
  presentation: Presentation,
): Promise<Response> {
  const now = Date.now();
  const wishes = readWishes(new URL(c.req.url).searchParams, c.req.header("Accept-Language") ?? null);
  const deliver = async (grant: Grant): Promise<Response> => {
    const { policyClass, secondsLeft, changesAt, trace } = grant;
    const { contentType } = presentation;
    const cacheControl = multivariantForViewer(secondsLeft, changesAt, now);
    const delivery = { contentType, cacheControl, compressible: true, policyClass, changesAt, trace };
    return await deliverMedia(c, await presentation.path(grant), delivery);
  };
  const grant = await authorise(c, token, now, wishes);
  try {
    return await deliver(grant);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "media_not_found") throw error;
    // The film was published again since its document was read, and the origin has moved on: look again, once.
    await readTitlePolicy(c.env, grant.document.assetId, now, 0);
    return await deliver(await authorise(c, token, now, wishes));
  }
}
