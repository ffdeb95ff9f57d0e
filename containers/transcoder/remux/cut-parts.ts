/** Cuts a stream of bytes into parts of one size, the last one shorter, as R2 wants them. */
export class PartCutter {
  readonly #partBytes: number;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  /** @param partBytes size of all parts but the last. */
  constructor(partBytes: number) {
    this.#partBytes = partBytes;
  }

  /** @returns the parts that these bytes make whole. */
  add(bytes: Uint8Array): Uint8Array[] {
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.byteLength;
    if (this.#pendingBytes < this.#partBytes) return [];
    const all = Buffer.concat(this.#pending);
    const whole = Math.floor(all.byteLength / this.#partBytes);
    const at = (part: number): number => part * this.#partBytes;
    this.#pending = [all.subarray(at(whole))];
    this.#pendingBytes = all.byteLength - at(whole);
    return Array.from({ length: whole }, (_, part) => all.subarray(at(part), at(part + 1)));
  }

  /** @returns what is left, null when nothing is. */
  end(): Uint8Array | null {
    return this.#pendingBytes === 0 ? null : Buffer.concat(this.#pending);
  }
}
