/** The shape of a rule and of its result. */
import type { Presentation } from "../model/presentation.ts";

/** Whom the presentation is for: everybody, or also devices with rules of their own. */
export type Target = "any" | "ios" | "tvos";

/** One place where a rule does not hold. */
export interface Finding {
  where: string;
  what: string;
}

/** A rule that has nothing to look at says why. */
export interface NotApplicable {
  notApplicable: string;
}

/** A rule of a specification: a pure function over what was loaded. */
export interface Rule {
  /** Its number: `Apple 8.1`, `RFC 8216 §4.3.3.1`; `Marquee …` for what we ask of ourselves. No two rules share one. */
  id: string;
  level: "MUST" | "SHOULD";
  /** Targets for which it is a MUST all the same. */
  mustFor?: Target[];
  /** The statement that it checks. */
  title: string;
  check(presentation: Presentation): Finding[] | NotApplicable;
}

/** Says that a rule has nothing to look at. */
export function notApplicable(why: string): NotApplicable {
  return { notApplicable: why };
}

/** A finding for each item that the sentence is not null for. */
export function findings<T extends { name: string }>(
  items: readonly T[],
  sentence: (item: T) => string | null,
): Finding[] {
  return items.flatMap((item) => {
    const what = sentence(item);
    return what === null ? [] : [{ where: item.name, what }];
  });
}
