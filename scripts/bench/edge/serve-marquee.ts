/** Our own Worker, bundled as wrangler bundles it, with a published film. */
import { randomBytes } from "node:crypto";
import path from "node:path";
import { readD1Migrations } from "@cloudflare/vitest-pool-workers";
import { build } from "esbuild";
import { unstable_readConfig } from "wrangler";
import { z } from "zod";
import { seededKeys, seedTitle } from "../../../test/seed-title.ts";
import { newContentKeys, newPlaybackKeys } from "../../local/local-secrets.ts";
import { projectRoot } from "../../local/project-root.ts";
import { serveWorker, type WorkerServer } from "./serve-worker.ts";

const playback = z.object({ playback_url: z.url() });

/** The running gateway, and where in it the film is. */
export interface MarqueeServer extends WorkerServer<Env> {
  /** Paths with a token that is good for the whole bench. */
  segmentPath: string;
  multivariantPath: string;
}

/** Starts it. @param segment the bytes of the segment at `segmentPath`; @param folder for the bundle */
export async function serveMarquee(segment: Uint8Array, folder: string): Promise<MarqueeServer> {
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
  const config = unstable_readConfig({ config: path.join(projectRoot, "wrangler.toml") });
  const secrets = {
    PLAYBACK_KEYS: newPlaybackKeys(),
    CONTENT_KEYS: newContentKeys(),
    GRANT_SECRET: randomBytes(32).toString("base64url"),
    DEBUG_KEY: randomBytes(32).toString("base64url"),
  };
  const server = await serveWorker<Env>({
    modulesRoot: folder,
    modules: [{ type: "ESModule", path: bundle }],
    compatibilityDate: String(config.compatibility_date),
    bindings: { ...stringsOf(config.vars), ...secrets, COUNTRY_OVERRIDE: "allow" },
    d1Databases: { DB: "db" },
    r2Buckets: { MEDIA: "media", SOURCES: "sources" },
    queueProducers: { INGEST_QUEUE: "ingest", TRANSCODE_QUEUE: "transcode" },
    durableObjects: { TRANSCODER: "Transcoder" },
    analyticsEngineDatasets: { DELIVERY: { dataset: "delivery" } },
  });
  const { DB, MEDIA } = server.bindings;
  for (const { queries } of await readD1Migrations(path.join(projectRoot, "migrations"))) {
    for (const query of queries) await DB.prepare(query).run();
  }
  const { titleId, assetId } = await seedTitle(server.bindings);
  const file = `${seededKeys.video720}/seg-00000.m4s`;
  await MEDIA.put(`media/${assetId}/${file}`, segment);
  const issued = await fetch(new URL("/v1/playback", server.url), {
    method: "POST",
    headers: { "Content-Type": "application/json", "Marquee-Country": "DE" },
    body: JSON.stringify({ title: titleId }),
  });
  const { playback_url } = playback.parse(await issued.json());
  const multivariantPath = new URL(playback_url).pathname;
  return { ...server, segmentPath: new URL(file, playback_url).pathname, multivariantPath };
}

function stringsOf(vars: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(vars).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
  );
}
