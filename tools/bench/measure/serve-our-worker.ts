/** Our own Worker, bundled as wrangler bundles it, in a workerd that it has for itself. */
import { randomBytes } from "node:crypto";
import path from "node:path";
import { build } from "esbuild";
import { unstable_readConfig } from "wrangler";
import { z } from "zod";
import { newContentKeys, newPlaybackKeys } from "../../../scripts/local/local-secrets.ts";
import { projectRoot } from "../../../scripts/local/project-root.ts";
import { serveWorker, type WorkerServer } from "./serve-worker.ts";

/** The parts of wrangler.toml that the bench needs. */
const configSchema = z.object({
  compatibility_date: z.string(),
  vars: z.record(z.string(), z.string()),
  d1_databases: z.array(
    z.object({ binding: z.string(), database_id: z.string(), preview_database_id: z.string().optional() }),
  ),
  r2_buckets: z.array(z.object({ binding: z.string(), bucket_name: z.string() })),
  queues: z.object({ producers: z.array(z.object({ binding: z.string(), queue: z.string() })) }),
  analytics_engine_datasets: z.array(z.object({ binding: z.string(), dataset: z.string() })),
  assets: z.object({ run_worker_first: z.array(z.string()) }),
});

/** Settings of the Worker. */
export interface OurWorker {
  /** Gets the bundle. */
  folder: string;
  /** The data of a stack that has stopped; null: none yet. */
  state: string | null;
  /** Serves the pages' files too; they go through Cloudflare's own asset router, which costs each request something. */
  hasPages: boolean;
}

/** Starts it, with new secrets. */
export async function serveOurWorker({ folder, state, hasPages }: OurWorker): Promise<WorkerServer<Env>> {
  const bundle = path.join(folder, "marquee.js");
  await build({
    entryPoints: [path.join(projectRoot, "workers/index.ts")],
    outfile: bundle,
    bundle: true,
    format: "esm",
    target: "es2024",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    logLevel: "warning",
  });
  const config = configSchema.parse(unstable_readConfig({ config: path.join(projectRoot, "wrangler.toml") }));
  return await serveWorker<Env>(
    {
      modulesRoot: folder,
      modules: [{ type: "ESModule", path: bundle }],
      compatibilityDate: config.compatibility_date,
      bindings: {
        ...config.vars,
        PLAYBACK_KEYS: newPlaybackKeys(),
        CONTENT_KEYS: newContentKeys(),
        GRANT_SECRET: randomBytes(32).toString("base64url"),
        DEBUG_KEY: randomBytes(32).toString("base64url"),
        PUBLIC_ORIGINS: "http://127.0.0.1",
        COUNTRY_OVERRIDE: "allow",
        RATE_LIMITS: "off",
      },
      d1Databases: byBinding(config.d1_databases, (it) => it.preview_database_id ?? it.database_id),
      r2Buckets: byBinding(config.r2_buckets, (it) => it.bucket_name),
      queueProducers: byBinding(config.queues.producers, (it) => it.queue),
      analyticsEngineDatasets: Object.fromEntries(
        config.analytics_engine_datasets.map(({ binding, dataset }) => [binding, { dataset }]),
      ),
      durableObjects: { TRANSCODER: "Transcoder" },
      ...(hasPages
        ? {
            assets: {
              directory: path.join(projectRoot, "dist/web"),
              binding: "ASSETS",
              routerConfig: { has_user_worker: true },
              run_worker_first: config.assets.run_worker_first,
            },
          }
        : {}),
    },
    state === null ? {} : { resourcePersistencePath: path.join(state, "v3") },
  );
}

/** The name of each binding's data, as the local stack has it in its state folder. */
function byBinding<T extends { binding: string }>(
  list: readonly T[],
  nameOf: (it: T) => string,
): Record<string, string> {
  return Object.fromEntries(list.map((it) => [it.binding, nameOf(it)]));
}
