/** The limits of one producer's uploads, from the Worker's variables. */
import { z } from "zod";
import { maxPartBytes, minPartBytes, plannedParts } from "./part-size.ts";

/** The limits of uploads; bytes and milliseconds. */
export interface IngestLimits {
  /** Largest request body: the zone plan's limit (Free and Pro: 100 MB). */
  maxBodyBytes: number;
  /** Largest upload (Tus-Max-Size). */
  maxUploadBytes: number;
  /** A request whose client sends nothing for so long is ended. */
  silenceMs: number;
  /** Smallest part size; longer uploads get larger parts. */
  partBytes: number;
  /** Longest that an upload may stay unfinished: R2 must not abort its parts before (`unfinishedDays` in account-steps.ts). */
  lifetimeMs: number;
}

const count = z.coerce.number().int().positive();
const variables = z.object({
  MAX_BODY_BYTES: count,
  MAX_UPLOAD_BYTES: count,
  UPLOAD_PART_BYTES: count,
  UPLOAD_TTL_HOURS: z.coerce.number().positive().max(167),
});

/** Reads the limits. @throws Error when a variable is not a number: a deployment's fault, never a client's. */
export function ingestLimits(env: Pick<Env, keyof typeof variables.shape>): IngestLimits {
  const values = variables.parse(env);
  return {
    maxBodyBytes: values.MAX_BODY_BYTES,
    maxUploadBytes: Math.min(values.MAX_UPLOAD_BYTES, plannedParts * maxPartBytes),
    silenceMs: 60_000,
    partBytes: Math.min(maxPartBytes, Math.max(minPartBytes, values.UPLOAD_PART_BYTES)),
    lifetimeMs: values.UPLOAD_TTL_HOURS * 3_600_000,
  };
}
