/** Our gateway with a published film whose segment has the bench's bytes. */
import path from "node:path";
import { readD1Migrations } from "@cloudflare/vitest-pool-workers";
import { z } from "zod";
import { projectRoot } from "../../../scripts/local/project-root.ts";
import { seededKeys, seedTitle } from "../../../test/support/seed-title.ts";
import { serveOurWorker } from "../measure/serve-our-worker.ts";
import type { Server } from "../measure/serve-worker.ts";

const playback = z.object({ playback_url: z.url() });

/** The running gateway, and where in it the film is. */
export interface MarqueeServer extends Server {
  /** Paths with a token that is good for the whole bench. */
  segmentPath: string;
  soundPath: string;
  multivariantPath: string;
}

/** Starts it. @param files the bytes of the segments; @param folder for the bundle */
export async function serveMarquee(
  files: { segment: Uint8Array; sound: Uint8Array },
  folder: string,
): Promise<MarqueeServer> {
  const server = await serveOurWorker({ folder, state: null, hasPages: false });
  const { DB, SEARCH, MEDIA } = server.bindings;
  for (const [database, folder] of [
    [DB, "migrations"],
    [SEARCH, "migrations-search"],
  ] as const) {
    for (const { queries } of await readD1Migrations(path.join(projectRoot, folder))) {
      for (const query of queries) await database.prepare(query).run();
    }
  }
  const { titleId, assetId } = await seedTitle(server.bindings);
  const [segment, sound] = [seededKeys.video720, seededKeys.audio].map((key) => `${key}/seg-00000.m4s`);
  await MEDIA.put(`media/${assetId}/${segment}`, files.segment);
  await MEDIA.put(`media/${assetId}/${sound}`, files.sound);
  const issued = await fetch(new URL("/v1/playback", server.url), {
    method: "POST",
    headers: { "Content-Type": "application/json", "Marquee-Country": "DE" },
    body: JSON.stringify({ title: titleId }),
  });
  const { playback_url } = playback.parse(await issued.json());
  const pathOf = (file = "") => new URL(file, playback_url).pathname;
  return {
    ...server,
    segmentPath: pathOf(segment),
    soundPath: pathOf(sound),
    multivariantPath: new URL(playback_url).pathname,
  };
}
