/** Chance that can be repeated: the same seed gives the same draws, in the same order (mulberry32). */
export class Dice {
  #state: number;

  /** @param seed any whole number */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 up to 1. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to `end`, without it. */
  below(end: number): number {
    return Math.floor(this.fraction() * end);
  }

  /** Whether something happens that does so once in `times`. */
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
