/** Writes policies: each is a new version, and counts only when no other one overtook it. The oldest versions make way. */
import { and, eq, isNull, ne, sql } from "drizzle-orm";
import { type Database, openDatabase } from "../../catalog/database.ts";
import { defaultQuotas, versionsKept } from "../../catalog/quotas.ts";
import { policyVersions, titles } from "../../catalog/schema.ts";
import { type Share, selectShare, shareOf } from "../../catalog/usage.ts";
import { Problem } from "../../http/problem.ts";
import { quotaExceeded } from "../../http/quota-problem.ts";
import { type Policy, type ServicePolicy, serviceScope } from "../../playback/policy/policy-document.ts";
import { publishChanges } from "../../publisher/publish-changes.ts";

/** The writer of a policy, the version they change, and the time (Unix milliseconds). */
export interface Writing {
  producerId: string;
  /** The number of the version that the writer has seen. */
  upon: number;
  now: number;
}

/**
 * Makes `document` the policy of a title. `kind` `countries`: made from its country lists, which count again. The document that
 * counts already is no new version.
 * @returns the number of the version that counts; null when another one was written since.
 * @throws Problem 403 `policy_quota_exceeded`
 */
export async function writePolicy(
  env: Pick<Env, "DB" | "MEDIA" | "SEARCH">,
  titleId: string,
  { kind, document }: { kind: "own" | "countries"; document: Policy },
  { producerId, upon, now }: Writing,
): Promise<number | null> {
  const db = openDatabase(env);
  const [rows, [present]] = await db.batch([
    selectShare(db, producerId, now),
    db
      .select({ hasOwnPolicy: titles.hasOwnPolicy, document: policyVersions.document })
      .from(titles)
      .leftJoin(
        policyVersions,
        and(eq(policyVersions.scope, titles.id), eq(policyVersions.version, titles.policyVersion)),
      )
      .where(and(eq(titles.id, titleId), eq(titles.policyVersion, upon), isNull(titles.deletedAt))),
  ]);
  if (present === undefined) return null;
  const json = JSON.stringify(document);
  const before = JSON.stringify(present.document ?? null);
  if (json === before && present.hasOwnPolicy === (kind === "own")) return upon;
  const share = shareOf(rows);
  requirePolicyRoom(share, json, before);
  const version = upon + 1;
  const [written] = await db.batch([
    db
      .update(titles)
      .set({ policyVersion: version, hasOwnPolicy: kind === "own", updatedAt: now })
      .where(and(eq(titles.id, titleId), eq(titles.policyVersion, upon), isNull(titles.deletedAt)))
      .returning({ id: titles.id }),
    insertVersion(db, { titleId, version, kind, document, producerId, now }),
    dropOldVersions(db, titleId, share),
  ]);
  await publishChanges(env, now);
  return written.length > 0 ? version : null;
}

/**
 * Checks that the producer's policies have room for one more. One that is no longer than the one in its place has it always.
 * @param json the new document; @param before the one that counts
 * @throws Problem 403 `policy_quota_exceeded`
 */
export function requirePolicyRoom(share: Share, json: string, before: string): void {
  const bytes = new TextEncoder().encode(json).byteLength;
  if (share.used.policy_bytes + bytes <= share.quotas.policy_bytes) return;
  if (bytes > new TextEncoder().encode(before).byteLength) throw quotaExceeded("policy_bytes", share);
}

/** Inserts a version of a title's policy, if the title has come to it and nobody else has written it. For a batch. */
export function insertVersion(
  db: Database,
  {
    titleId,
    version,
    kind,
    document,
    producerId,
    now,
  }: {
    titleId: string;
    version: number;
    kind: "own" | "countries";
    document: Policy;
    producerId: string;
    now: number;
  },
) {
  const json = JSON.stringify(document);
  const row = sql`select ${titleId}, ${version}, ${kind}, ${json}, ${producerId}, ${now} from ${titles}
    where ${titles.id} = ${titleId} and ${titles.policyVersion} = ${version}`;
  return db.insert(policyVersions).select(row).onConflictDoNothing();
}

/** Deletes the versions of a title's policy that the quotas don't keep. Versions are numbered without gaps. For a batch. */
export function dropOldVersions(db: Database, titleId: string, { quotas, used }: Share) {
  return db.delete(policyVersions).where(
    sql`${policyVersions.scope} = ${titleId} and ${policyVersions.version}
      <= (select ${titles.policyVersion} from ${titles} where ${titles.id} = ${titleId}) - ${versionsKept(quotas, used.policy_bytes)}`,
  );
}

/**
 * Makes `document` the service's policy. @returns as `writePolicy`
 * @throws Problem 409 `group_in_use` when a title's policy names a group that it no longer has.
 */
export async function writeServicePolicy(
  env: Pick<Env, "DB" | "MEDIA" | "SEARCH">,
  document: ServicePolicy,
  before: ServicePolicy,
  { producerId, upon, now }: Writing,
): Promise<number | null> {
  if (upon > 0 && JSON.stringify(document) === JSON.stringify(before)) return upon;
  for (const name of Object.keys(before.groups ?? {})) {
    if (!Object.hasOwn(document.groups ?? {}, name)) await refuseIfUsed(env, name);
  }
  const db = openDatabase(env);
  const version = upon + 1;
  const [written] = await db.batch([
    db
      .insert(policyVersions)
      .values({ scope: serviceScope, version, kind: "own", document, producerId, createdAt: now })
      .onConflictDoNothing()
      .returning({ version: policyVersions.version }),
    db.delete(policyVersions).where(
      sql`${policyVersions.scope} = ${serviceScope} and ${policyVersions.version} <= (select max(v.version)
        from ${policyVersions} v where v.scope = ${serviceScope}) - ${defaultQuotas.policy_versions}`,
    ),
  ]);
  await publishChanges(env, now);
  return written.length > 0 ? version : null;
}

async function refuseIfUsed(env: Pick<Env, "DB">, group: string): Promise<void> {
  const users = await openDatabase(env)
    .select({ id: titles.id })
    .from(policyVersions)
    .innerJoin(
      titles,
      and(eq(titles.id, policyVersions.scope), eq(titles.policyVersion, policyVersions.version)),
    )
    .where(
      and(
        eq(titles.hasOwnPolicy, true),
        ne(policyVersions.scope, serviceScope),
        // Names of groups have no quotes in them, so a name in quotes is never a part of another.
        sql`instr(${policyVersions.document}, ${JSON.stringify(group)}) > 0`,
      ),
    )
    .limit(10);
  if (users.length === 0) return;
  throw new Problem(
    409,
    "group_in_use",
    `Policies of titles name the group ${group}. Keep it, or change these titles first.`,
    { members: { titles: users.map(({ id }) => id) } },
  );
}
