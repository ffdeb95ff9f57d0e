/** Orders the hits of a search: exact titles, then titles that begin with the words, then whole words before mere prefixes. */

/** A hit: a position on the shelf, and the title's words as the index has them. */
export interface Hit {
  position: number;
  words: string;
}

/** Sorts hits, best first; among equals a shorter title, and then a newer one. @param query folded, as the index has it. Pure. */
export function rankHits<T extends Hit>(hits: readonly T[], query: string): T[] {
  const wanted = query.split(" ");
  const ranks = hits.map((hit) => {
    const words = hit.words.split(" ");
    const has = new Set(words);
    const start = hit.words === query ? 0 : `${hit.words} `.startsWith(`${query} `) ? 1 : 2;
    const partly = wanted.filter((word) => !has.has(word)).length;
    return { hit, order: [start, partly, words.length, -hit.position] };
  });
  return ranks.toSorted((a, b) => compare(a.order, b.order)).map(({ hit }) => hit);
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, place) => value !== b[place]);
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}
