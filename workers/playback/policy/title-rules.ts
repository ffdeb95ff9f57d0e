/** From a title's row to the rules that hold for it; worked out once for each version, and then held. */
import { type CountryLists, countriesPolicy } from "./countries-policy.ts";
import { closedPolicy, type EffectivePolicy, effectivePolicy, knowsItsGroups } from "./effective-policy.ts";
import { policyDocument } from "./policy-document.ts";
import type { HeldServicePolicy } from "./service-policy.ts";

/** What a title's row, and the version of its policy that counts, say. */
export interface TitleRules extends CountryLists {
  titleId: string;
  policyVersion: number;
  hasOwnPolicy: boolean;
  /** The document of that version; only looked at when the title has its own policy. */
  policy: unknown;
}

/** Policies held in one isolate; the oldest goes first. Titles with the same country lists share one. */
const maxHeld = 2000;

const held = new Map<string, EffectivePolicy>();

/**
 * The rules of a title. A stored document that can't be read lets nobody in: what it would have forbidden isn't known.
 * Pure but for what it holds.
 */
export function titleRules(title: TitleRules, service: HeldServicePolicy): EffectivePolicy {
  const { allowedCountries, blockedCountries } = title;
  const own = title.hasOwnPolicy
    ? `${title.titleId} ${title.policyVersion}`
    : JSON.stringify([allowedCountries, blockedCountries]);
  const key = `${service.version} ${own}`;
  const known = held.get(key);
  if (known !== undefined) return known;
  const policy = work(title, service);
  held.set(key, policy);
  for (const oldest of held.keys()) {
    if (held.size <= maxHeld) break;
    held.delete(oldest);
  }
  return policy;
}

function work(title: TitleRules, service: HeldServicePolicy): EffectivePolicy {
  if (service.policy === null) return closedPolicy;
  if (!title.hasOwnPolicy) return effectivePolicy(countriesPolicy(title), service.policy);
  const own = policyDocument.safeParse(title.policy);
  if (own.success && knowsItsGroups(own.data, service.policy)) {
    return effectivePolicy(own.data, service.policy);
  }
  const why = own.error?.message ?? "it names a group that is gone";
  console.error("unreadable policy", title.titleId, title.policyVersion, why);
  return closedPolicy;
}
