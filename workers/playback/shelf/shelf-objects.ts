/**
 * The shelf: every title that was ever watchable, by position (0 is the oldest), as objects in MEDIA that lists are made of
 * without a database. The publisher writes them, the origin reads them.
 *
 * - `edge/shelf/head.json`: where the shelf ends, and what rules depend on besides titles
 * - `edge/shelf/blocks/{n}.json`: the films at 100 positions, and the rules they have
 * - `edge/shelf/index/{g}.json`: the rules found in each of 100 blocks, so that a walk passes over blocks that are closed
 */
import { z } from "zod";
import { sha256Hex } from "../../shared/digest.ts";

/** Positions in a block. */
export const blockPositions = 100;

/** Blocks that one index covers. */
export const indexBlocks = 100;

/** The key of the head in MEDIA. */
export const headKey = "edge/shelf/head.json";

/** The key of a block. */
export function blockKey(block: number): string {
  return `edge/shelf/blocks/${block}.json`;
}

/** The key of an index. */
export function indexKey(group: number): string {
  return `edge/shelf/index/${group}.json`;
}

/** A film as lists show it. */
export const filmCard = z.object({
  slug: z.string(),
  title: z.string(),
  assetId: z.string(),
  durationSeconds: z.number().nullable(),
  poster: z.object({ folder: z.string(), width: z.number(), height: z.number() }).nullable(),
});

/** See {@link filmCard}. */
export type FilmCard = z.infer<typeof filmCard>;

/** A title's own rules: its country lists, or the document of its own policy, beside which lists don't count. */
export const classRules = z.object({
  allowedCountries: z.array(z.string()).nullable(),
  blockedCountries: z.array(z.string()),
  hasOwnPolicy: z.boolean(),
  policy: z.unknown(),
});

/** See {@link classRules}. */
export type ClassRules = z.infer<typeof classRules>;

/** A film at its position; `class` is the hash of its rules. */
export const shelvedFilm = z.object({ position: z.int(), class: z.string(), ...filmCard.shape });

/** See {@link shelvedFilm}. */
export type ShelvedFilm = z.infer<typeof shelvedFilm>;

/**
 * The films of a block, highest position first, and their rules by hash. `changedAt`: when something in it was last changed or
 * taken out, Unix ms; an edition below it was never raised for that change.
 */
export const shelfBlock = z.object({
  changedAt: z.int(),
  films: z.array(shelvedFilm),
  classes: z.record(z.string(), classRules),
});

/** See {@link shelfBlock}. */
export type ShelfBlock = z.infer<typeof shelfBlock>;

/**
 * By block: the hashes of the rules found in it, and the networks that these name. `classes` has the rules by hash; very long
 * ones may be missing, so a block with such a class has to be looked into.
 */
export const shelfIndex = z.object({
  blocks: z.record(z.string(), z.object({ classes: z.array(z.string()), networks: z.array(z.int()) })),
  classes: z.record(z.string(), classRules),
});

/** See {@link shelfIndex}. */
export type ShelfIndex = z.infer<typeof shelfIndex>;

/** The shelf's end and surroundings. */
export const shelfHead = z.object({
  /** The position that the next title gets. */
  top: z.int(),
  /** Raised when anything below `top` changes; also part of caches' keys. Unix ms or more, so it never comes twice. */
  edition: z.int(),
  /** The service's policy; null: it can't be read. */
  service: z.object({ version: z.int(), policy: z.unknown() }),
  /** Autonomous systems that rules name, by group of blocks, and of the service's policy under `service`. */
  networks: z.record(z.string(), z.array(z.int())),
});

/** See {@link shelfHead}. */
export type ShelfHead = z.infer<typeof shelfHead>;

/** The head of a shelf on which nothing was ever put. */
export const emptyHead: ShelfHead = {
  top: 0,
  edition: 0,
  service: { version: 0, policy: { rules: [] } },
  networks: {},
};

/** The rules of a title's row in their one spelling: what does not count is left out. */
export function rulesOfTitle(title: ClassRules): ClassRules {
  if (title.hasOwnPolicy) {
    return { allowedCountries: null, blockedCountries: [], hasOwnPolicy: true, policy: title.policy ?? null };
  }
  return {
    allowedCountries: title.allowedCountries === null ? null : title.allowedCountries.toSorted(),
    blockedCountries: title.blockedCountries.toSorted(),
    hasOwnPolicy: false,
    policy: null,
  };
}

/** The name of a rights class: a hash of its rules, so that titles with the same rules share it. */
export async function classOf({
  allowedCountries,
  blockedCountries,
  hasOwnPolicy,
  policy,
}: ClassRules): Promise<string> {
  const text = JSON.stringify([allowedCountries, blockedCountries, hasOwnPolicy, policy]);
  // 80 bits: two of a million classes would meet once in 2.4 trillion libraries.
  return (await sha256Hex(text)).slice(0, 20);
}
