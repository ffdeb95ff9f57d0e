/** Turns a title's row into the rules that hold for it; built once for each version, and then cached. */
import { BoundedMap } from "../../shared/bounded-map.ts";
import { type CountryLists, countriesPolicy } from "./countries-policy.ts";
import { closedPolicy, type EffectivePolicy, effectivePolicy, knowsItsGroups } from "./effective-policy.ts";
import { policyDocument } from "./policy-document.ts";
import type { CachedServicePolicy } from "./service-policy.ts";

/** The part of a title's row that its rules follow from, with the version of its policy that counts. */
export interface TitleRules extends CountryLists {
  titleId: string;
  policyVersion: number;
  hasOwnPolicy: boolean;
  /** The document of that version; only read when the title has its own policy. */
  policy: unknown;
}

/** Policies cached in one isolate; the oldest goes first. Titles with the same country lists share one. */
const maxCached = 2000;

const cached = new BoundedMap<string, EffectivePolicy>(maxCached);

/**
 * The rules of a title. A stored document that can't be read lets nobody in, because nobody knows what it would have
 * forbidden. Pure, except for its cache.
 */
export function titleRules(title: TitleRules, service: CachedServicePolicy): EffectivePolicy {
  const { allowedCountries, blockedCountries } = title;
  const own = title.hasOwnPolicy
    ? `${title.titleId} ${title.policyVersion}`
    : JSON.stringify([allowedCountries, blockedCountries]);
  const key = `${service.version} ${own}`;
  const known = cached.get(key);
  if (known !== undefined) return known;
  const policy = buildPolicy(title, service);
  cached.set(key, policy);
  return policy;
}

function buildPolicy(title: TitleRules, service: CachedServicePolicy): EffectivePolicy {
  if (service.policy === null) return closedPolicy;
  if (!title.hasOwnPolicy) return effectivePolicy(countriesPolicy(title), service.policy);
  const own = policyDocument.safeParse(title.policy);
  if (own.success && knowsItsGroups(own.data, service.policy)) {
    return effectivePolicy(own.data, service.policy);
  }
  const why = own.error?.message ?? "it names a group that no longer exists";
  console.error("unreadable policy", title.titleId, title.policyVersion, why);
  return closedPolicy;
}
