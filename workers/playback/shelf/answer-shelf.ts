/**
 * The origin's lists of films, which its cache keeps:
 *
 * - `/shelf/head`: where the shelf ends and which networks rules name
 * - `/shelf/{edition}/{viewer class}/{after}`: the open films below a position
 *
 * A path names the shelf's edition, so that a change of anything on it ends all copies; new films only lie above older positions.
 */
import { z } from "zod";
import { BoundedMap } from "../../shared/bounded-map.ts";
import { listAtTheEdge } from "../delivery/cache-lifetimes.ts";
import { servicePolicyDocument } from "../policy/policy-document.ts";
import type { CachedServicePolicy } from "../policy/service-policy.ts";
import { openClasses } from "./open-classes.ts";
import {
  blockKey,
  blockPositions,
  emptyHead,
  headKey,
  indexBlocks,
  indexKey,
  type ShelfBlock,
  type ShelfHead,
  type ShelfIndex,
  shelfBlock,
  shelfHead,
  shelfIndex,
  shelvedFilm,
} from "./shelf-objects.ts";
import { parseViewerClass } from "./viewer-class.ts";
import { type ShelfReader, walkShelf } from "./walk-shelf.ts";

/** Films of one answer: a page's, and the one that the first page shows large. */
export const listedFilms = 31;

/** Longest that an isolate believes what it holds, ms: a writer that died before it raised the edition is noticed by then. */
const holdMs = 60_000;

/** Longest that it believes the head, ms. */
const headMs = 5_000;

/** Blocks and indexes held; a block of 100 films takes about 100 kB when it is parsed. */
const maxBlocks = 100;
const maxIndexes = 40;

/** What a page needs of the head. */
export const listHead = shelfHead.pick({ top: true, edition: true, networks: true });

/** A list of films, highest position first; `next`: the position to go on after, null at the end. */
export const filmList = z.object({ films: z.array(shelvedFilm), next: z.int().nullable() });

interface Held<T> {
  value: T | null;
  readAt: number;
}

let heldHead: Held<ShelfHead> | undefined;
const heldBlocks = new BoundedMap<string, Held<ShelfBlock>>(maxBlocks);
const heldIndexes = new BoundedMap<string, Held<ShelfIndex>>(maxIndexes);

/** Drops what this isolate holds of the shelf, as an isolate that begins has nothing. */
export function forgetShelfObjects(): void {
  heldHead = undefined;
  heldBlocks.clear();
  heldIndexes.clear();
}

/** Answers a path under `/shelf/`; null for one that is none. @param now Unix milliseconds */
export async function answerShelf(
  env: Pick<Env, "MEDIA">,
  pathname: string,
  now: number,
): Promise<Response | null> {
  if (pathname === "/shelf/head") {
    const { top, edition, networks } = await readShelfHead(env, now, { top: 0, edition: 0 });
    const headers = { "Cache-Control": `public, max-age=${headMs / 1000}` };
    return Response.json({ top, edition, networks } satisfies z.infer<typeof listHead>, { headers });
  }
  const [, edition, viewerClass, position] =
    /^\/shelf\/(\d{1,15})\/([\w-]+)\/(\d{1,12})$/.exec(pathname) ?? [];
  const viewer = parseViewerClass(viewerClass ?? "");
  if (edition === undefined || viewer === null) return null;
  const after = Number(position);
  const head = await readShelfHead(env, now, { top: after, edition: Number(edition) });
  const classes = openClasses(servicePolicyOf(head), viewer, now);
  const list = await walkShelf({ after, limit: listedFilms }, shelfReader(env, head, now), classes);
  const headers = { "Cache-Control": listAtTheEdge(classes.changesAt(), now) };
  return Response.json(list satisfies z.infer<typeof filmList>, { headers });
}

/** The shelf's head, some seconds old at most, and no older than the one that the caller knows of. */
export async function readShelfHead(
  env: Pick<Env, "MEDIA">,
  now: number,
  known: { top: number; edition: number },
): Promise<ShelfHead> {
  const held = heldHead?.value;
  const isFresh = heldHead !== undefined && Math.abs(now - heldHead.readAt) < headMs;
  if (held != null && isFresh && held.edition >= known.edition && held.top >= known.top) return held;
  const value = (await readObject(env, headKey, shelfHead)) ?? emptyHead;
  heldHead = { value, readAt: now };
  return value;
}

/** The service's policy as the head has it. */
export function servicePolicyOf({ service }: ShelfHead): CachedServicePolicy {
  const parsed = servicePolicyDocument.safeParse(service.policy);
  if (!parsed.success) console.error("unreadable service policy", service.version, parsed.error.message);
  return { version: service.version, policy: parsed.success ? parsed.data : null };
}

/** Reads through what the isolate holds. What lies wholly below the top only changes with the edition. */
function shelfReader(env: Pick<Env, "MEDIA">, { top, edition }: ShelfHead, now: number): ShelfReader {
  const through = async <T>(
    held: BoundedMap<string, Held<T>>,
    key: string,
    positions: number,
    number: number,
    schema: z.ZodType<T>,
  ) => {
    const name = `${key} ${edition}${(number + 1) * positions > top ? ` ${top}` : ""}`;
    const known = held.get(name);
    if (known !== undefined && Math.abs(now - known.readAt) < holdMs) return known.value;
    const value = await readObject(env, key, schema);
    held.set(name, { value, readAt: now });
    return value;
  };
  return {
    block: (number) => through(heldBlocks, blockKey(number), blockPositions, number, shelfBlock),
    index: (group) => through(heldIndexes, indexKey(group), blockPositions * indexBlocks, group, shelfIndex),
  };
}

/** Reads an object; null where it is missing, or is not what it should be (it is written anew with the next change in it). */
async function readObject<T>(env: Pick<Env, "MEDIA">, key: string, schema: z.ZodType<T>): Promise<T | null> {
  const found = await env.MEDIA.get(key);
  if (found === null) return null;
  const parsed = schema.safeParse(await found.json().catch(() => null));
  if (!parsed.success) console.error("unreadable object", key, parsed.error.message);
  return parsed.success ? parsed.data : null;
}
