/**
 * The stages of an asset's tasks. A task names the highest stage that must be done before it (`needs`); so the rest of a
 * ladder can run beside the sound of its first rendition.
 */
export const stages = {
  inspect: 0,
  remux: 1,
  /** The copy that remuxing made is inspected again: its timestamps may be others. */
  inspectCopy: 2,
  /** Everything that the first publication needs but the sound; for a short film that is the whole ladder. */
  first: 3,
  audio: 4,
  /** What is published when it is all there: the other rungs, the storyboard. */
  rest: 5,
} as const;

/** What goes first when transcoders are scarce, over all assets: lower before higher. */
export const priorities = { inspect: 0, poster: 5, first: 10, audio: 10, rest: 30 } as const;
