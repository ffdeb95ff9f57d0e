/** Writes the head of the shelf: last of all, because readers take it as the sign that the rest is there. */
import { sql } from "drizzle-orm";
import type { Database } from "../../catalog/database.ts";
import { titles } from "../../catalog/schema.ts";
import { noServicePolicy } from "../../playback/policy/effective-policy.ts";
import { parseServicePolicy } from "../../playback/policy/service-policy.ts";
import { emptyHead, headKey, type ShelfHead, shelfHead } from "../../playback/shelf/shelf-objects.ts";
import { selectServicePolicy } from "../edge/edge-rows.ts";
import { replaceObject } from "./replace-object.ts";
import { networksOf } from "./write-blocks.ts";

/**
 * Brings the head up to date. @param changed whether anything but the top is different now; raises the edition, as a changed
 * service policy and newly named networks do
 * @param networks those that rules name, by group of blocks, of the groups that were written
 */
export async function writeHead(
  env: Pick<Env, "MEDIA">,
  db: Database,
  { changed, networks }: { changed: boolean; networks: Readonly<Record<string, number[]>> },
  now: number,
): Promise<void> {
  await replaceObject(env.MEDIA, headKey, async (before) => {
    const head = readHead(before);
    const [row] = await selectServicePolicy(db);
    const service =
      row === undefined
        ? { version: 0, policy: noServicePolicy }
        : parseServicePolicy(row.version, row.document);
    const top = await topOfShelf(db);
    const after: ShelfHead = {
      top,
      edition: head.edition,
      service: { version: service.version, policy: service.policy },
      networks: { ...head.networks, ...networks, service: networksOf([{ policy: service.policy }]) },
    };
    const isSame = JSON.stringify(after) === JSON.stringify({ ...head, top });
    // A clock that stands still, or goes back, must not give an edition twice.
    if (changed || !isSame) after.edition = Math.max(head.edition + 1, now);
    return JSON.stringify(after);
  });
}

/** The head as readers know it. */
export async function currentHead(env: Pick<Env, "MEDIA">): Promise<ShelfHead> {
  const found = await env.MEDIA.get(headKey);
  return readHead(found === null ? null : await found.text());
}

/** The position that the next title gets, as the catalogue has it. Reads one row. */
export async function topOfShelf(db: Database): Promise<number> {
  const top = sql`select coalesce(max(${titles.shelfPosition}), -1) + 1 as top from ${titles}`;
  return (await db.get<{ top: number }>(top)).top;
}

function readHead(text: string | null): ShelfHead {
  if (text === null) return emptyHead;
  const parsed = shelfHead.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : emptyHead;
}
