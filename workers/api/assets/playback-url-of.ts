import { originFor } from "../../http/own-origins.ts";
import { Problem } from "../../http/problem.ts";
import { issuePlayback } from "../../playback/issue/issue-playback.ts";
import { viewerOf } from "../../playback/viewer.ts";

/** A playback URL for the sender of a request; null when the title can't be watched where they are, or not yet. */
export async function playbackUrlOf(env: Env, request: Request, titleId: string): Promise<string | null> {
  const viewer = { ...viewerOf(request, env), origin: originFor(request, env) };
  try {
    const playback = await issuePlayback(env, viewer, { title: titleId }, Date.now());
    return playback.playback_url;
  } catch (error) {
    if (error instanceof Problem) return null;
    throw error;
  }
}
