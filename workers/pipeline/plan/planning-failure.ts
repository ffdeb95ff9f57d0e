import { z } from "zod";
import { databaseTrouble } from "../../catalog/database-errors.ts";

/** Planning threw: a fault of ours, which no other try mends. `cause` is what was thrown. */
export class PlanningFailed extends Error {}

/**
 * Is true where a film's plan can't be made, or can't be stored or read as it is (D1 takes rows of 2 MB; an earlier Marquee may
 * have written another shape): trying again changes nothing.
 */
export function isPlanningFailure(error: unknown): boolean {
  return (
    error instanceof PlanningFailed || error instanceof z.ZodError || databaseTrouble(error) === "refused"
  );
}
