/** Writes policies: each is a new version, and counts only when no other one overtook it. */
import { and, eq, isNull, ne, sql } from "drizzle-orm";
import { type Database, openDatabase } from "../../catalog/database.ts";
import { policyVersions, titles } from "../../catalog/schema.ts";
import { Problem } from "../../http/problem.ts";
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
 * Makes `document` the policy of a title. `kind` `countries`: made from its country lists, which count again.
 * @returns whether it counts; false when another version was written since.
 */
export async function writePolicy(
  env: Pick<Env, "DB" | "MEDIA" | "SEARCH">,
  titleId: string,
  { kind, document }: { kind: "own" | "countries"; document: Policy },
  { producerId, upon, now }: Writing,
): Promise<boolean> {
  const db = openDatabase(env);
  const version = upon + 1;
  const [written] = await db.batch([
    db
      .update(titles)
      .set({ policyVersion: version, hasOwnPolicy: kind === "own", updatedAt: now })
      .where(and(eq(titles.id, titleId), eq(titles.policyVersion, upon), isNull(titles.deletedAt)))
      .returning({ id: titles.id }),
    insertVersion(db, { titleId, version, kind, document, producerId, now }),
  ]);
  await publishChanges(env, now);
  return written.length > 0;
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

/**
 * Makes `document` the service's policy. @returns as `writePolicy`
 * @throws Problem 409 `group_in_use` when a title's policy names a group that it no longer has.
 */
export async function writeServicePolicy(
  env: Pick<Env, "DB" | "MEDIA" | "SEARCH">,
  document: ServicePolicy,
  before: ServicePolicy,
  { producerId, upon, now }: Writing,
): Promise<boolean> {
  for (const name of Object.keys(before.groups ?? {})) {
    if (!Object.hasOwn(document.groups ?? {}, name)) await refuseIfUsed(env, name);
  }
  const written = await openDatabase(env)
    .insert(policyVersions)
    .values({ scope: serviceScope, version: upon + 1, kind: "own", document, producerId, createdAt: now })
    .onConflictDoNothing()
    .returning({ version: policyVersions.version });
  await publishChanges(env, now);
  return written.length > 0;
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
