/** Notes when keys are used, so that their owner sees one that nobody needs any more, or that somebody else uses. */
import { and, eq, isNull, lt, or } from "drizzle-orm";
import { openDatabase } from "../catalog/database.ts";
import { apiKeys } from "../catalog/schema.ts";
import { BoundedMap } from "../shared/bounded-map.ts";
import type { SignIn } from "./find-sign-in.ts";

const hourMs = 3_600_000;

/** Keys of which this isolate remembers the hour that it has noted. */
const maxNoted = 1000;

const noted = new BoundedMap<string, number>(maxNoted);

/**
 * Notes the hour of a key's use at `now` (Unix milliseconds), behind the answer: at most one write an hour and key, whatever comes
 * in meanwhile, and one statement an hour of each isolate. A failure is logged; nobody's request fails by it.
 * @param waitUntil keeps the write alive after the answer
 */
export function noteKeyUse(
  env: Pick<Env, "DB">,
  { keyId, lastUsedAt }: SignIn,
  now: number,
  waitUntil: (work: Promise<unknown>) => void,
): void {
  const hour = Math.floor(now / hourMs) * hourMs;
  if ((lastUsedAt ?? 0) >= hour || (noted.get(keyId) ?? 0) >= hour) return;
  noted.set(keyId, hour);
  waitUntil(
    writeHour(env, keyId, hour).catch((error: unknown) => {
      noted.delete(keyId);
      console.warn("the use of a key was not noted", keyId, String(error));
    }),
  );
}

async function writeHour(env: Pick<Env, "DB">, keyId: string, hour: number): Promise<void> {
  await openDatabase(env)
    .update(apiKeys)
    .set({ lastUsedAt: hour })
    .where(and(eq(apiKeys.id, keyId), or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, hour))));
}
