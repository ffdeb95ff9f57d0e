/** Chance that can be repeated: every draw depends on nothing but a seed, the name of its kind, and its number. */

/** 32 bits: FNV-1a over the name, then the finaliser of MurmurHash3, so that every bit of seed, name and number counts. */
function drawBits(seed: number, kind: string, nth: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (const letter of `${kind}/${nth}`) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * Draws a number from 0 up to 1. Draws of one kind don't change with the number of another's, so a run's faults hardly
 * depend on its timing.
 */
export function chance(seed: number, kind: string, nth: number): number {
  return drawBits(seed, kind, nth) / 2 ** 32;
}

/** Draws bytes that no compressor shortens. */
export function noise(bytes: number, seed: number): Uint8Array<ArrayBuffer> {
  const words = Uint32Array.from({ length: Math.ceil(bytes / 4) }, (_, nth) => drawBits(seed, "noise", nth));
  return new Uint8Array(words.buffer, 0, bytes);
}

/** A sequence of draws: the same seed gives the same ones, in the same order. */
export class Random {
  readonly #seed: number;
  #drawn = 0;

  /** @param seed any whole number */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** A number from 0 up to 1. */
  fraction(): number {
    return chance(this.#seed, "sequence", this.#drawn++);
  }

  /** A whole number from 0 up to `end`, without it. */
  below(end: number): number {
    return Math.floor(this.fraction() * end);
  }

  /** True once in `times`, on average. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  /** One of these. */
  pick<T>(things: readonly [T, ...T[]]): T {
    return things[this.below(things.length)] ?? things[0];
  }

  /** Any text of up to `longest` characters: letters, signs, controls, other scripts. */
  text(longest: number): string {
    const length = this.below(longest + 1);
    const ranges = [
      [0x20, 0x7e],
      [0x20, 0x7e],
      [0, 0x1f],
      [0x80, 0x2fff],
      [0x1f300, 0x1f5ff],
    ] as const;
    return Array.from({ length }, () => {
      const [from, to] = this.pick(ranges);
      return String.fromCodePoint(from + this.below(to - from + 1));
    }).join("");
  }
}
