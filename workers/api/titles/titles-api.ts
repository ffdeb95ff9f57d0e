/** `/v1/titles`: a producer's titles and their country lists. */
import { type Context, Hono } from "hono";
import { type ProducerEnv, requireProducer } from "../../http/authenticate.ts";
import { parseBody } from "../../http/parse-body.ts";
import { Problem, problemResponse } from "../../http/problem.ts";
import { publishChanges } from "../../publisher/publish-changes.ts";
import { writeCursor } from "../../shared/page-cursor.ts";
import { describeDeletion } from "../assets/deleted-assets.ts";
import { gone, isDeletedList, pageOf } from "../deleted-list.ts";
import { readPageQuery } from "../page-query.ts";
import { bringBackTitle, findDeletedTitles } from "./deleted-titles.ts";
import { describeTitle, findTitle, findTitles } from "./find-titles.ts";
import { changeTitle, titleChanges } from "./title-changes.ts";

/** Mounted at `/v1/titles`. Other producers' titles do not exist here (404 `title_not_found`). */
export const titlesApi = new Hono<ProducerEnv>();
titlesApi.onError(problemResponse);
titlesApi.use(requireProducer);

titlesApi.get("/", async (c) => {
  const { after, limit } = readPageQuery(c);
  if (isDeletedList(c)) {
    const options = { after, limit: limit + 1, now: Date.now() };
    const found = await findDeletedTitles(c.env, c.var.producerId, options);
    const deleted = pageOf(
      found.map(({ title, deletedByName }) => ({ ...title, deletedByName })),
      limit,
    );
    return c.json({
      titles: deleted.shown.map((row) => ({ ...describeTitle(row), ...describeDeletion(c.env, row) })),
      next_cursor: deleted.next,
    });
  }
  const rows = await findTitles(c.env, c.var.producerId, { after, limit: limit + 1 });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? writeCursor(last) : null;
  return c.json({ titles: shown.map(describeTitle), next_cursor: next });
});

titlesApi.get("/:id", (c) => answerTitle(c, c.req.param("id")));

titlesApi.patch("/:id", async (c) => {
  const id = c.req.param("id");
  const changes = await parseBody(c, titleChanges);
  if (!(await changeTitle(c.env, c.var.producerId, id, changes, Date.now()))) throw notFound();
  await publishChanges(c.env, Date.now());
  return answerTitle(c, id);
});

titlesApi.post("/:id/undelete", async (c) => {
  const id = c.req.param("id");
  const outcome = await bringBackTitle(c.env, c.var.producerId, id, Date.now());
  if (outcome === "gone") throw gone();
  if (outcome === "absent") {
    const detail =
      "You have no such deleted title. `GET /v1/titles?deleted=true` lists those that can be taken back.";
    throw new Problem(404, "title_not_found", detail);
  }
  return answerTitle(c, id);
});

async function answerTitle(c: Context<ProducerEnv>, id: string): Promise<Response> {
  const row = await findTitle(c.env, c.var.producerId, id);
  if (row === undefined) throw notFound();
  return c.json(describeTitle(row));
}

function notFound(): Problem {
  return new Problem(404, "title_not_found", "There is no such title of yours. `GET /v1/titles` lists them.");
}
