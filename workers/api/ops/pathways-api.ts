/** `/v1/ops/pathways`: the other ways to the media than the service's own edge. Mounted inside the operators' API. */
import { asc, eq } from "drizzle-orm";
import { Hono } from "hono";
import { openDatabase } from "../../catalog/database.ts";
import { pathways } from "../../catalog/schema.ts";
import type { ProducerEnv } from "../../http/authenticate.ts";
import { parseBody } from "../../http/parse-body.ts";
import { Problem } from "../../http/problem.ts";
import {
  deletePathway,
  maxPathways,
  pathwayBody,
  pathwayId,
  putPathway,
} from "../../playback/steering/change-pathway.ts";
import { publishChanges } from "../../publisher/publish-changes.ts";

/** `GET /`, and `GET`, `PUT`, `DELETE` of `/{id}`. Problems: 404 `pathway_not_found`, 409 `too_many_pathways`, 422. */
export const pathwaysApi = new Hono<ProducerEnv>();

pathwaysApi.get("/", async (c) => {
  const rows = await openDatabase(c.env).select().from(pathways).orderBy(asc(pathways.id));
  return c.json({ pathways: rows.map(describe) });
});

pathwaysApi.get("/:id", async (c) => c.json(await read(c.env, c.req.param("id"))));

pathwaysApi.put("/:id", async (c) => {
  const id = pathwayId.safeParse(c.req.param("id"));
  if (!id.success) {
    const why = id.error.issues[0]?.message ?? "is no pathway id";
    throw new Problem(422, "invalid_pathway_id", `The pathway's id ${why}. Choose another one.`);
  }
  const put = await putPathway(c.env, id.data, await parseBody(c, pathwayBody), Date.now());
  if (put === null) {
    const words = `There are ${maxPathways} pathways already. Delete one that is no longer used.`;
    throw new Problem(409, "too_many_pathways", words);
  }
  await publishChanges(c.env, Date.now());
  return c.json(await read(c.env, id.data), put.isNew ? 201 : 200);
});

pathwaysApi.delete("/:id", async (c) => {
  if (!(await deletePathway(c.env, c.req.param("id")))) throw notFound();
  await publishChanges(c.env, Date.now());
  return c.body(null, 204);
});

async function read(env: Pick<Env, "DB">, id: string) {
  const row = await openDatabase(env).select().from(pathways).where(eq(pathways.id, id)).get();
  if (row === undefined) throw notFound();
  return describe(row);
}

function describe(row: typeof pathways.$inferSelect) {
  const { id, baseUrl, countries, asns, priority, ttlSeconds, enabled, createdAt, updatedAt } = row;
  return {
    id,
    base_url: baseUrl,
    countries,
    asns,
    priority,
    ttl_seconds: ttlSeconds,
    enabled,
    created_at: new Date(createdAt).toISOString(),
    updated_at: new Date(updatedAt).toISOString(),
  };
}

function notFound(): Problem {
  return new Problem(
    404,
    "pathway_not_found",
    "There is no such pathway. `GET /v1/ops/pathways` lists them.",
  );
}
