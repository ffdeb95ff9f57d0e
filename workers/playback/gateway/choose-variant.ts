/** Chooses a viewer's variant of the multivariant playlist: encrypted or clear, with other pathways or without. */

import { contentKeys } from "../encryption/content-keys.ts";
import type { PlaylistVariant } from "../origin/playlist-variant.ts";
import { pathwaysFor } from "../steering/pathway.ts";
import { readPathways } from "../steering/pathway-cache.ts";
import type { Grant } from "./authorise.ts";

/** The variant for a viewer at `now` (Unix milliseconds). */
export async function chooseVariant(
  env: Pick<Env, "CONTENT_KEYS">,
  { film, viewer }: Pick<Grant, "film" | "viewer">,
  now: number,
): Promise<PlaylistVariant> {
  const isSteered = pathwaysFor(viewer, await readPathways(now)).length > 0;
  const kid = film.encryption === "none" ? null : (await contentKeys(env)).current;
  return { kid, isSteered };
}
