/** The order of an asset's tasks: one may start when all of lower stages are done. */
export const stages = {
  inspect: 0,
  remux: 1,
  /** The copy that remuxing made is inspected again: its timestamps may be others. */
  inspectCopy: 2,
  encode: 3,
  audio: 4,
} as const;
