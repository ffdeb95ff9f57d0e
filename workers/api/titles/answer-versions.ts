import type { Context } from "hono";
import { z } from "zod";
import type { ProducerEnv } from "../../http/authenticate.ts";
import { parseValue } from "../../http/parse-body.ts";
import { findPolicyVersions } from "./find-policy.ts";

const defaultLimit = 20;
const maxLimit = 100;

const query = z.object({
  before: z.coerce.number().int("must be a version's number").min(1, "must be at least 1").optional(),
  limit: z.coerce
    .number()
    .int("must be a whole number")
    .min(1, "must be at least 1")
    .max(maxLimit, `may be at most ${maxLimit}`)
    .default(defaultLimit),
});

/**
 * Answers with the versions of a policy, the newest first: `?limit=`, and `?before=` a version's number (`next_before` says
 * which). Times are ISO 8601. @throws Problem 422 `invalid_input`
 */
export async function answerVersions(c: Context<ProducerEnv>, scope: string): Promise<Response> {
  const { before, limit } = parseValue(c.req.query(), query);
  const rows = await findPolicyVersions(c.env, scope, { before: before ?? null, limit: limit + 1 });
  const shown = rows.slice(0, limit);
  return c.json({
    versions: shown.map((row) => ({
      version: row.version,
      kind: row.kind,
      created_at: new Date(row.createdAt).toISOString(),
      created_by: { id: row.producerId, name: row.producerName },
      policy: row.document,
    })),
    next_before: rows.length > limit ? (shown.at(-1)?.version ?? null) : null,
  });
}
