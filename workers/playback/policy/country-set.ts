/** A set of countries in 32 bytes, because an isolate caches the rules of thousands of titles, with lists of up to 250 each. */
import { everyCountry } from "./territory-groups.ts";

const places = new Map(everyCountry.map((code, place) => [code, place]));

/** An immutable set of countries, one bit each. */
export class CountrySet {
  readonly #bits = new Uint32Array(Math.ceil(everyCountry.length / 32));

  constructor(codes: Iterable<string>) {
    for (const code of codes) {
      const place = places.get(code);
      if (place !== undefined) this.#bits[place >>> 5] = (this.#bits[place >>> 5] ?? 0) | (1 << (place & 31));
    }
  }

  /** Checks whether a country is in the set; an unknown country is in none. */
  has(code: string): boolean {
    const place = places.get(code);
    return place !== undefined && (((this.#bits[place >>> 5] ?? 0) >>> (place & 31)) & 1) === 1;
  }
}
