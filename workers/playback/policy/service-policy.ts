/** The service's policy, as it is published at the edge. */
import type { ServiceDocument } from "../published/documents.ts";
import { readService } from "../published/published.ts";
import { noServicePolicy } from "./effective-policy.ts";
import { type ServicePolicy, servicePolicyDocument } from "./policy-document.ts";

/** A version of the service's policy; 0: none was ever written. `policy` null: the stored document can't be read. */
export interface CachedServicePolicy {
  version: number;
  policy: ServicePolicy | null;
}

const parsed = new WeakMap<ServiceDocument, CachedServicePolicy>();

/**
 * The service's policy at `now` (Unix milliseconds), with all changes that were published 15 s ago or earlier.
 * @throws Problem 503 `rules_unknown`
 */
export async function readServicePolicy(now: number): Promise<CachedServicePolicy> {
  return toServicePolicy(await readService(now));
}

/** Reads the policy of a document; null: nothing was ever published. */
export function toServicePolicy(service: ServiceDocument | null): CachedServicePolicy {
  if (service === null || service.policyVersion === 0) return { version: 0, policy: noServicePolicy };
  const known = parsed.get(service);
  if (known !== undefined) return known;
  const policy = parseServicePolicy(service.policyVersion, service.policy);
  parsed.set(service, policy);
  return policy;
}

/** Parses a stored version of the policy. One that can't be read is said so, because without it rules would be laxer. */
export function parseServicePolicy(version: number, document: unknown): CachedServicePolicy {
  const result = servicePolicyDocument.safeParse(document);
  if (!result.success) console.error("unreadable service policy", version, result.error.message);
  return { version, policy: result.success ? result.data : null };
}
