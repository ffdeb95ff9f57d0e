/** The pathways of the service, as they are published at the edge: a viewer's request reads no database for them. */
import { readService } from "../published/published.ts";
import type { Pathway } from "./pathway.ts";

/** The pathways in use at `now` (Unix ms), with all changes that were published 15 s ago or earlier. */
export async function readPathways(now: number): Promise<readonly Pathway[]> {
  try {
    return (await readService(now))?.pathways ?? [];
  } catch (error) {
    // Without pathways a film still plays from the edge; without this answer it would not.
    console.error("pathways can't be read", error);
    return [];
  }
}
