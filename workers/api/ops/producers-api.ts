/** `/v1/ops/producers/{id}`: another producer's account, and the quotas of their own. */
import { eq } from "drizzle-orm";
import { type Context, Hono } from "hono";
import { z } from "zod";
import { openDatabase } from "../../catalog/database.ts";
import { quotaNames, quotaOverrides } from "../../catalog/quotas.ts";
import { producers } from "../../catalog/schema.ts";
import type { ProducerEnv } from "../../http/authenticate.ts";
import { parseBody } from "../../http/parse-body.ts";
import { Problem } from "../../http/problem.ts";
import { describeAccount } from "../account/describe-account.ts";

/** Numbers to set; null: as for everybody again. What is left out stays as it is. */
const changes = z
  .partialRecord(quotaNames, z.int().min(0).max(Number.MAX_SAFE_INTEGER).nullable())
  .refine((named) => Object.keys(named).length > 0, "must name a quota");

/** Mounted behind the check for an operator's key. */
export const producersApi = new Hono<ProducerEnv>();

producersApi.get("/:id", (c) => answerAccount(c, c.req.param("id")));

producersApi.patch("/:id/quotas", async (c) => {
  const id = c.req.param("id");
  const named = await parseBody(c, changes);
  const db = openDatabase(c.env);
  const row = await db.select({ quotas: producers.quotas }).from(producers).where(eq(producers.id, id)).get();
  if (row === undefined) throw notFound();
  const before = quotaOverrides.safeParse(row.quotas ?? {}).data ?? {};
  const after = Object.entries({ ...before, ...named }).filter(([, value]) => value !== null);
  await db
    .update(producers)
    .set({ quotas: after.length === 0 ? null : Object.fromEntries(after) })
    .where(eq(producers.id, id));
  return await answerAccount(c, id);
});

async function answerAccount(c: Context<ProducerEnv>, id: string): Promise<Response> {
  const account = await describeAccount(c.env, id, Date.now());
  if (account === null) throw notFound();
  return c.json(account);
}

function notFound(): Problem {
  return new Problem(
    404,
    "producer_not_found",
    "There is no such producer. `GET /v1/account` with their key tells their id.",
  );
}
