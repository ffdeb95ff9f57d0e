import type { Fleet } from "./early-publish.ts";

/** The fleet as the Worker's variables describe it. */
export function fleetOf(
  env: Pick<Env, "FLEET_SIZE" | "TRANSCODER_PROCESSORS" | "FIRST_PLAY_AFTER_SECONDS" | "CHUNK_SEGMENTS">,
): Fleet {
  return {
    slots: Number(env.FLEET_SIZE),
    processors: Number(env.TRANSCODER_PROCESSORS),
    firstPlayAfterSeconds: Number(env.FIRST_PLAY_AFTER_SECONDS),
    chunkSegments: Number(env.CHUNK_SEGMENTS),
  };
}
