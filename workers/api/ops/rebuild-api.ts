/** `POST /v1/ops/rebuild`: makes the database anew from the buckets, a bounded step a call. */
import { Hono } from "hono";
import { z } from "zod";
import { ExportDamaged } from "../../backup/export-line.ts";
import { beginRebuild, knowsTitles, rebuildStep } from "../../backup/rebuild/rebuild.ts";
import type { ProducerEnv } from "../../http/authenticate.ts";
import { parseBody } from "../../http/parse-body.ts";
import { Problem, problemResponse } from "../../http/problem.ts";

const rebuildBody = z.strictObject({
  /** `cursor` of the answer before; without it a rebuild begins. */
  cursor: z.string().max(2000).exactOptional(),
  /** Goes on though the database knows titles: they are set back to what was exported. */
  over: z.boolean().default(false),
  /** A whole export's name; without it the newest. */
  export: z.string().max(40).exactOptional(),
});

/** Mounted at `/v1/ops/rebuild`, behind the operators' check. */
export const rebuildApi = new Hono<ProducerEnv>();
rebuildApi.onError(problemResponse);

rebuildApi.post("/", async (c) => {
  const body = await parseBody(c, rebuildBody);
  if (body.cursor === undefined && !body.over && (await knowsTitles(c.env))) {
    throw new Problem(
      409,
      "database_not_empty",
      "This database knows titles. A rebuild would set them back to what was last exported; say `over` if you want that.",
    );
  }
  try {
    const cursor = body.cursor ?? (await beginRebuild(c.env, body.export ?? null));
    if (cursor === null) {
      throw new Problem(
        404,
        "export_not_found",
        "There is no finished whole export of that name. Leave `export` out to take the newest.",
      );
    }
    const step = await rebuildStep(c.env, cursor, Date.now());
    if (step === null) {
      throw new Problem(
        400,
        "invalid_cursor",
        "Use `cursor` of the answer before as it is, or leave it out.",
      );
    }
    return c.json(step);
  } catch (error) {
    if (!(error instanceof ExportDamaged)) throw error;
    throw new Problem(
      409,
      "export_damaged",
      `${error.message}. Begin again with an earlier whole export: \`export\`, and \`over\`.`,
    );
  }
});
