/** A task's place in the transcoder. */
export interface Place {
  /** Settles when the task may begin. */
  begins: Promise<void>;
  /** Gives the place back, whether or not the task has begun. */
  leave(): void;
}

/**
 * Lets tasks in. One that runs alone waits until all others have ended, and until then nothing else begins: what ends the
 * transcoder then is this task, and no neighbour pays for it.
 */
export class Admission {
  #running = 0;
  /** Those that want to be alone, in their order, and how each begins. */
  #waiting = new Map<Place, () => void>();
  #isAlone = false;

  /** @returns null where the task has no place, because one that runs alone waits or runs: send it elsewhere, or later */
  enter(alone: boolean): Place | null {
    if (!alone && (this.#isAlone || this.#waiting.size > 0)) return null;
    const { promise, resolve } = Promise.withResolvers<void>();
    let hasLeft = false;
    const place: Place = {
      begins: promise,
      leave: () => {
        if (hasLeft) return;
        hasLeft = true;
        if (!this.#waiting.delete(place)) this.#end(alone);
        this.#next();
      },
    };
    if (alone) {
      this.#waiting.set(place, resolve);
      this.#next();
    } else {
      this.#running += 1;
      resolve();
    }
    return place;
  }

  #end(alone: boolean): void {
    this.#running -= 1;
    if (alone) this.#isAlone = false;
  }

  #next(): void {
    const [first] = this.#waiting;
    if (first === undefined || this.#running > 0) return;
    const [place, begin] = first;
    this.#waiting.delete(place);
    this.#running += 1;
    this.#isAlone = true;
    begin();
  }
}
