/**
 * Chance that can be repeated: a number from 0 to 1 that depends on nothing but a seed and what it is drawn for. Draws
 * of one kind don't change with how many were made of another, so a run's faults hardly depend on its timing.
 */
export function chance(seed: number, what: string, draw: number): number {
  // FNV-1a over the name, then the finaliser of MurmurHash3: every bit of seed, name and number moves the result.
  let hash = 0x811c9dc5 ^ seed;
  for (const letter of `${what}/${draw}`) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
