/** `/studio/titles/{id}`: one title, and the form that changes it. */
import { Hono } from "hono";
import { changeTitle, titleChanges } from "../../api/titles/title-changes.ts";
import type { ProducerEnv } from "../../http/authenticate.ts";
import { readForm } from "../../http/read-body.ts";
import { publishChanges } from "../../publisher/publish-changes.ts";
import { requireSignIn } from "./require-sign-in.tsx";
import { showTitle, titleOf } from "./show-title.tsx";
import { changesOf, readTitleForm, titleFormOf } from "./title-form.ts";

/** Mounted at `/studio/titles`. */
export const titleRoutes = new Hono<ProducerEnv>();
titleRoutes.use(requireSignIn);

titleRoutes.get("/:id", async (c) => {
  const row = await titleOf(c, c.req.param("id"));
  return showTitle(c, row, titleFormOf(row), { errors: new Map(), status: 200 });
});

titleRoutes.post("/:id", async (c) => {
  const row = await titleOf(c, c.req.param("id"));
  const form = readTitleForm(await readForm(c));
  const changes = titleChanges.safeParse(changesOf(form));
  const errors = new Map<string, string>();
  for (const issue of changes.error?.issues ?? []) {
    const field = String(issue.path[0]);
    if (field === "title") errors.set("title", `The title ${issue.message}.`);
    else if (field === "language") errors.set("language", `The language ${issue.message}.`);
    else errors.set("countries", noCountry);
  }
  // To the API an empty list of blocked countries is a fine thing; on the form it is a choice half made.
  if (form.territory === "except" && form.countries.length === 0) errors.set("countries", noCountry);
  if (row.hasOwnPolicy && form.territory !== null) errors.set("countries", ownPolicy);
  if (!changes.success || errors.size > 0) return showTitle(c, row, form, { errors, status: 422 });
  await changeTitle(c.env, c.var.producerId, row.id, changes.data, Date.now());
  await publishChanges(c.env, Date.now());
  return c.redirect(`/studio/titles/${row.id}?saved`, 303);
});

const ownPolicy = "This title has a policy of its own by now. Change where it can be watched there.";

const noCountry = "Choose at least one country, or “Everywhere”.";
