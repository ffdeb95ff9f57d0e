/** Brings seeded rows to the edge, as the service does after each change. Works in Node too. */
import { publish } from "../../workers/publisher/edge/publish.ts";

/**
 * Publishes a title with its films, whatever the changes say. The store of this isolate is not told: it learns it from the feed,
 * as another isolate would.
 */
export async function publishTitle(env: Pick<Env, "DB" | "MEDIA">, titleId: string): Promise<void> {
  await publish(env, { titleIds: [titleId], assetIds: [], service: false, keys: false }, Date.now());
}

/** Publishes the service's policy, its pathways and the producers' keys, untold as above. */
export async function publishService(env: Pick<Env, "DB" | "MEDIA">): Promise<void> {
  await publish(env, { titleIds: [], assetIds: [], service: true, keys: true }, Date.now());
}
