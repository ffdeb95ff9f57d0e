/** The two kinds of work that a slot of the fleet does side by side. */

/** `heavy`: an encode of pictures, which takes all processors that there are. `light`: everything else. */
export type Lane = "heavy" | "light";

/** Both lanes, in the order in which they are filled. */
export const lanes = ["heavy", "light"] as const;

/** Tasks that one slot of the fleet runs at a time: an encode, and light tasks beside it. */
export const slotRoom = { heavy: 1, light: 2 } as const;

/** The lane of a task of this kind. */
export function laneOf(kind: string): Lane {
  return kind === "video" ? "heavy" : "light";
}
