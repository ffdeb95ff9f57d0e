/** Reads bytes [start, end) of the source; fewer when it ends before. */
export type ReadSource = (start: number, end: number) => Promise<Uint8Array>;
