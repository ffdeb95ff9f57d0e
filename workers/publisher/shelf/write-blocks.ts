/** Writes blocks of the shelf and their indexes from the catalogue's rows. */
import { sql } from "drizzle-orm";
import type { Database } from "../../catalog/database.ts";
import { titles } from "../../catalog/schema.ts";
import { policyDocument } from "../../playback/policy/policy-document.ts";
import {
  blockKey,
  blockPositions,
  type ClassRules,
  indexKey,
  type ShelfBlock,
  type ShelfIndex,
  shelfBlock,
  shelfIndex,
} from "../../playback/shelf/shelf-objects.ts";
import { readShelved } from "./read-shelved.ts";
import { replaceObject } from "./replace-object.ts";

/** Most text of rules in an index, characters; the blocks have them all. */
const maxRulesText = 256_000;

/**
 * Writes a block as its rows are now. Reads at most 100 titles.
 *
 * @param head the shelf as readers know it: what comes above its top is no change to them
 * @returns whether readers must be told that something below the top is different, by this writer or one that died
 */
export async function writeBlock(
  env: Pick<Env, "MEDIA">,
  db: Database,
  number: number,
  head: { top: number; edition: number },
  now: number,
): Promise<boolean> {
  const first = number * blockPositions;
  const isIn = sql`${titles.shelfPosition} between ${first} and ${first + blockPositions - 1}`;
  const known = (films: ShelfBlock["films"]) =>
    JSON.stringify(films.filter((film) => film.position < head.top));
  let changed = false;
  let changedAt = 0;
  await replaceObject(env.MEDIA, blockKey(number), async (before) => {
    const rows = await readShelved(db, isIn);
    const films = rows.map(({ film }) => film);
    const old = readText(before, shelfBlock);
    changed = known(old?.films ?? []) !== known(films);
    changedAt = changed ? Math.max(now, head.edition + 1) : (old?.changedAt ?? 0);
    const block: ShelfBlock = {
      changedAt,
      films,
      classes: Object.fromEntries(rows.map(({ film, rules }) => [film.class, rules])),
    };
    return JSON.stringify(block);
  });
  return changed || changedAt > head.edition;
}

/**
 * Writes what the index says of some of its blocks, from the blocks themselves.
 *
 * @returns the networks that rules name in any block of the group
 */
export async function writeIndex(
  env: Pick<Env, "MEDIA">,
  group: number,
  blocks: readonly number[],
): Promise<number[]> {
  let networks: number[] = [];
  await replaceObject(env.MEDIA, indexKey(group), async (before) => {
    const index = readText(before, shelfIndex) ?? { blocks: {}, classes: {} };
    const rules = new Map(Object.entries(index.classes));
    for (const number of blocks) {
      const found = await env.MEDIA.get(blockKey(number));
      const block = readText(found === null ? null : await found.text(), shelfBlock);
      if (block === null) continue;
      const classes = Object.keys(block.classes).toSorted();
      index.blocks[number] = { classes, networks: networksOf(Object.values(block.classes)) };
      for (const [hash, its] of Object.entries(block.classes)) rules.set(hash, its);
    }
    networks = distinct(Object.values(index.blocks).flatMap((block) => block.networks));
    const used = new Set(Object.values(index.blocks).flatMap(({ classes }) => classes));
    return JSON.stringify({
      blocks: index.blocks,
      classes: shortest(new Map([...rules].filter(([hash]) => used.has(hash)))),
    } satisfies ShelfIndex);
  });
  return networks;
}

/** The autonomous systems that rules name. */
export function networksOf(classes: readonly Pick<ClassRules, "policy">[]): number[] {
  return distinct(
    classes.flatMap(({ policy }) => {
      const parsed = policyDocument.safeParse(policy);
      return parsed.success ? parsed.data.rules.flatMap((rule) => rule.asns ?? []) : [];
    }),
  );
}

function distinct(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].toSorted((a, b) => a - b);
}

/** The rules that fit into an index, short ones first, in the hashes' order. */
function shortest(rules: ReadonlyMap<string, ClassRules>): Record<string, ClassRules> {
  let left = maxRulesText;
  const lengths = [...rules].map(([hash, its]) => ({ hash, its, length: JSON.stringify(its).length }));
  const fitting = lengths
    .toSorted((a, b) => a.length - b.length || a.hash.localeCompare(b.hash))
    .filter(({ length }) => {
      left -= length;
      return left >= 0;
    });
  return Object.fromEntries(
    fitting.toSorted((a, b) => a.hash.localeCompare(b.hash)).map(({ hash, its }) => [hash, its]),
  );
}

/** Parses an object's text; null where there is none, or none that can be read: it is then made anew. */
function readText<T>(
  text: string | null,
  schema: { safeParse(value: unknown): { success: true; data: T } | { success: false } },
): T | null {
  if (text === null) return null;
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
