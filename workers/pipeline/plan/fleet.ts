/** The capacity of the transcoders, and the wait that is accepted before early publishing. */
export interface Fleet {
  /** Transcoders that work at a time, and processors of each. */
  slots: number;
  processors: number;
  /** A ladder that is there within this long needs nothing before it, seconds. */
  earlyPublishAfterSeconds: number;
  /** Longest chunk, in segments. */
  chunkSegments: number;
}

/** The fleet as the Worker's variables describe it. */
export function fleetOf(
  env: Pick<Env, "FLEET_SIZE" | "TRANSCODER_PROCESSORS" | "EARLY_PUBLISH_AFTER_SECONDS" | "CHUNK_SEGMENTS">,
): Fleet {
  return {
    slots: Number(env.FLEET_SIZE),
    processors: Number(env.TRANSCODER_PROCESSORS),
    earlyPublishAfterSeconds: Number(env.EARLY_PUBLISH_AFTER_SECONDS),
    chunkSegments: Number(env.CHUNK_SEGMENTS),
  };
}
