/** A set of countries in 32 bytes: an isolate holds the rules of thousands of titles, each with lists of up to 250. */
import { everyCountry } from "./territory-groups.ts";

const places = new Map(everyCountry.map((code, place) => [code, place]));

/** See the file's comment. */
export class CountrySet {
  readonly #bits = new Uint32Array(Math.ceil(everyCountry.length / 32));

  constructor(codes: Iterable<string>) {
    for (const code of codes) {
      const place = places.get(code);
      if (place !== undefined) this.#bits[place >>> 5] = (this.#bits[place >>> 5] ?? 0) | (1 << (place & 31));
    }
  }

  /** Whether a country is in it; a country that is not known is in none. */
  has(code: string): boolean {
    const place = places.get(code);
    return place !== undefined && (((this.#bits[place >>> 5] ?? 0) >>> (place & 31)) & 1) === 1;
  }
}
