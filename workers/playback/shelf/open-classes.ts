/** Decides which rights classes are open for a viewer at a moment, and remembers when the first of them changes. */
import { decideRules } from "../policy/decide-rules.ts";
import type { CachedServicePolicy } from "../policy/service-policy.ts";
import { titleRules } from "../policy/title-rules.ts";
import type { PolicyViewer } from "../viewer.ts";
import type { ClassRules } from "./shelf-objects.ts";

/** The classes of one list. */
export interface OpenClasses {
  /** Decides on a class, once for the list. */
  isOpen(hash: string, rules: ClassRules): boolean;
  /** The next moment at which any class that was asked for changes, Unix ms; null: never. */
  changesAt(): number | null;
}

/** Begins a list for `viewer` at `now` (Unix milliseconds). */
export function openClasses(service: CachedServicePolicy, viewer: PolicyViewer, now: number): OpenClasses {
  const decided = new Map<string, boolean>();
  let first = Number.POSITIVE_INFINITY;
  return {
    isOpen(hash, rules) {
      const known = decided.get(hash);
      if (known !== undefined) return known;
      // The hash names the rules whole, so it stands for title and version.
      const policy = titleRules({ ...rules, titleId: `class ${hash}`, policyVersion: 0 }, service);
      const { allowed, changesAt } = decideRules(policy, viewer, now);
      decided.set(hash, allowed);
      if (changesAt !== null) first = Math.min(first, changesAt);
      return allowed;
    },
    changesAt: () => (Number.isFinite(first) ? first : null),
  };
}
