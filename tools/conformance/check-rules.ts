/** Runs rules over a presentation. */
import type { Presentation } from "./model/presentation.ts";
import { allRules } from "./rules/all-rules.ts";
import type { Finding, Rule, Target } from "./rules/rule.ts";

/** The result of one rule. */
export interface RuleResult {
  id: string;
  level: Rule["level"];
  title: string;
  verdict: "holds" | "broken" | "not applicable";
  findings: Finding[];
  /** The reason why it does not apply; null when it does. */
  reason: string | null;
}

/** Checks a presentation by every rule, with the levels that hold for `target`. Pure. */
export function checkRules(
  presentation: Presentation,
  target: Target = "any",
  rules: Rule[] = allRules,
): RuleResult[] {
  return rules.map((rule) => {
    const { id, title } = rule;
    const level = rule.mustFor?.includes(target) ? "MUST" : rule.level;
    const found = rule.check(presentation);
    if (!Array.isArray(found)) {
      return { id, level, title, verdict: "not applicable", findings: [], reason: found.notApplicable };
    }
    return {
      id,
      level,
      title,
      verdict: found.length === 0 ? "holds" : "broken",
      findings: found,
      reason: null,
    };
  });
}

/** The results of broken rules that are a MUST. */
export function brokenMusts(results: RuleResult[]): RuleResult[] {
  return results.filter(({ verdict, level }) => verdict === "broken" && level === "MUST");
}
