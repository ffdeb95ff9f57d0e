/** The rules of titles whose rows the caller has read: before there is a film. */
import { and, eq } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { policyVersions } from "../../catalog/schema.ts";
import type { TitleDocument } from "../published/documents.ts";
import type { CountryLists } from "./countries-policy.ts";
import type { EffectivePolicy } from "./effective-policy.ts";
import { readServicePolicy } from "./service-policy.ts";
import { titleRules } from "./title-rules.ts";

/** The part of a title's row that its rules follow from. */
export interface RuledTitle extends CountryLists {
  id: string;
  policyVersion: number;
  hasOwnPolicy: boolean;
}

/** The rules of one title at `now` (Unix milliseconds); the service's may be some seconds old. */
export async function readTitleRules(
  env: Pick<Env, "DB">,
  title: RuledTitle,
  now: number,
): Promise<EffectivePolicy> {
  const service = await readServicePolicy(now);
  const row = !title.hasOwnPolicy
    ? undefined
    : await openDatabase(env)
        .select({ document: policyVersions.document })
        .from(policyVersions)
        .where(and(eq(policyVersions.scope, title.id), eq(policyVersions.version, title.policyVersion)))
        .get();
  return titleRules({ ...title, titleId: title.id, policy: row?.document }, service);
}

/** The rules of a title that has nothing to watch yet, as it is published. */
export async function publishedTitleRules(title: TitleDocument, now: number): Promise<EffectivePolicy> {
  return titleRules({ ...title.rules, titleId: title.titleId }, await readServicePolicy(now));
}
