/** Fills a page from the shelf: walks down block by block, and passes over blocks in which nothing is open to this viewer. */
import type { OpenClasses } from "./open-classes.ts";
import {
  blockPositions,
  indexBlocks,
  type ShelfBlock,
  type ShelfIndex,
  type ShelvedFilm,
} from "./shelf-objects.ts";

/** Reads the shelf's objects; null where one is missing. */
export interface ShelfReader {
  index(group: number): Promise<ShelfIndex | null>;
  block(block: number): Promise<ShelfBlock | null>;
}

/** Most objects that one walk reads: a shelf of a million has 100 indexes, and a page of 31 needs 31 blocks at most. */
const maxReads = 400;

/** Most blocks read at the same time: a Worker has six connections. */
const maxWidth = 5;

/**
 * Takes up to `limit` open films below position `after`, highest first. `next` is the position to go on after, null at the end:
 * where it is a position, one more open film is there (but after a walk of 400 objects, which is cut short). Pure, but for `read`.
 */
export async function walkShelf(
  { after, limit }: { after: number; limit: number },
  read: ShelfReader,
  classes: OpenClasses,
): Promise<{ films: ShelvedFilm[]; next: number | null }> {
  const films: ShelvedFilm[] = [];
  let reads = 0;
  let width = 1;
  const highest = Math.floor((after - 1) / blockPositions);
  for (let group = Math.floor(highest / indexBlocks); group >= 0; group--) {
    const index = await read.index(group);
    reads++;
    const worthy = blocksWorthReading(group, highest, index, classes);
    while (worthy.length > 0) {
      if (reads >= maxReads) return { films, next: ((worthy[0] ?? 0) + 1) * blockPositions };
      const numbers = worthy.splice(0, width);
      reads += numbers.length;
      // Most pages end in the first block; where films are rare, wider steps find them sooner.
      width = Math.min(maxWidth, width * 2);
      for (const block of await Promise.all(numbers.map((number) => read.block(number)))) {
        for (const film of block?.films ?? []) {
          const rules = block?.classes[film.class];
          if (film.position >= after || rules === undefined || !classes.isOpen(film.class, rules)) continue;
          if (films.length === limit) return { films, next: films.at(-1)?.position ?? null };
          films.push(film);
        }
      }
    }
  }
  return { films, next: null };
}

/** The blocks of a group, highest first, that may have an open film: all of them where the index is missing. */
function blocksWorthReading(
  group: number,
  highest: number,
  index: ShelfIndex | null,
  classes: OpenClasses,
): number[] {
  const first = group * indexBlocks;
  const last = Math.min(highest, first + indexBlocks - 1);
  const blocks = Array.from({ length: last - first + 1 }, (_, at) => last - at);
  if (index === null) return blocks;
  return blocks.filter((block) =>
    (index.blocks[block]?.classes ?? []).some((hash) => {
      const rules = index.classes[hash];
      return rules === undefined || classes.isOpen(hash, rules);
    }),
  );
}
