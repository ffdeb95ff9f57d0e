/** The present policy of a title and of the service, and every version of them. */
import { and, desc, eq, lt } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { policyVersions, producers } from "../../catalog/schema.ts";
import { countriesPolicy } from "../../playback/policy/countries-policy.ts";
import { noServicePolicy } from "../../playback/policy/effective-policy.ts";
import { type Policy, serviceScope } from "../../playback/policy/policy-document.ts";
import type { TitleRow } from "./find-titles.ts";

/** A policy and the number of its version; 0: it was never written. `document` is as stored. */
export interface CurrentPolicy {
  version: number;
  document: unknown;
}

/** A version with its author. `kind`: a policy of its own, or one made from country lists. `createdAt` Unix milliseconds. */
export interface PolicyVersion extends CurrentPolicy {
  kind: (typeof policyVersions.kind.enumValues)[number];
  createdAt: number;
  producerId: string;
  /** Null when the producer no longer exists. */
  producerName: string | null;
}

/** The policy of a title: its own, or the one that its country lists stand for. */
export async function findPolicy(env: Pick<Env, "DB">, title: TitleRow): Promise<CurrentPolicy> {
  const version = title.policyVersion;
  if (!title.hasOwnPolicy) return { version, document: countriesPolicy(title) satisfies Policy };
  const row = await openDatabase(env)
    .select({ document: policyVersions.document })
    .from(policyVersions)
    .where(and(eq(policyVersions.scope, title.id), eq(policyVersions.version, version)))
    .get();
  return { version, document: row?.document };
}

/** The service's policy; without rules when none was ever written. */
export async function findServicePolicy(env: Pick<Env, "DB">): Promise<CurrentPolicy> {
  const [row] = await findPolicyVersions(env, serviceScope, { before: null, limit: 1 });
  return row ?? { version: 0, document: noServicePolicy };
}

/** Versions of a title's policy (`scope`: its id) or the service's, the newest first, from below `before` on. */
export async function findPolicyVersions(
  env: Pick<Env, "DB">,
  scope: string,
  { before, limit }: { before: number | null; limit: number },
): Promise<PolicyVersion[]> {
  const { version, kind, document, createdAt, producerId } = policyVersions;
  return await openDatabase(env)
    .select({ version, kind, document, createdAt, producerId, producerName: producers.name })
    .from(policyVersions)
    .leftJoin(producers, eq(producers.id, producerId))
    .where(and(eq(policyVersions.scope, scope), before === null ? undefined : lt(version, before)))
    .orderBy(desc(version))
    .limit(limit);
}
