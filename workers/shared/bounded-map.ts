/**
 * A map that forgets its oldest entries when it has more than `capacity`. Writing an entry makes it the newest; reading
 * one doesn't, because moving an entry at each hit, as an exact LRU does, costs ten times as much as finding it.
 */
export class BoundedMap<K, V> extends Map<K, V> {
  readonly #capacity: number;

  constructor(capacity: number) {
    super();
    this.#capacity = capacity;
  }

  override set(key: K, value: V): this {
    this.delete(key);
    super.set(key, value);
    for (const oldest of this.keys()) {
      if (this.size <= this.#capacity) break;
      this.delete(oldest);
    }
    return this;
  }
}
