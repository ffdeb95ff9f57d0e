/** `/studio/titles/{id}`: one title, and the form that changes it. */
import { type Context, Hono } from "hono";
import { inspection } from "../../containers/transcoder/protocol.ts";
import type { ProducerEnv } from "../http/authenticate.ts";
import { Problem } from "../http/problem.ts";
import { readForm } from "../http/read-form.ts";
import { forgetTitlePolicy } from "../playback/title-policy.ts";
import { askingOf } from "../studio/asking-of.ts";
import { describeRendition } from "../studio/describe-asset.ts";
import { findInspection, findRenditions } from "../studio/find-assets.ts";
import { findTitle, type TitleRow } from "../studio/find-titles.ts";
import { playbackUrlOf } from "../studio/playback-url-of.ts";
import { readAssetOfTitle } from "../studio/read-assets.ts";
import { changeTitle, titleChanges } from "../studio/title-changes.ts";
import { requireSignIn } from "./require-sign-in.tsx";
import { sendPage } from "./send-page.ts";
import { changesOf, readTitleForm, type TitleForm, titleFormOf } from "./title-form.ts";
import { TitlePage } from "./title-page.tsx";

/** Mounted at `/studio/titles`. */
export const titleRoutes = new Hono<ProducerEnv>();
titleRoutes.use(requireSignIn);

titleRoutes.get("/:id", async (c) => {
  const row = await titleOf(c, c.req.param("id"));
  return show(c, row, titleFormOf(row), new Map(), 200);
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
  if (!changes.success || errors.size > 0) return show(c, row, form, errors, 422);
  await changeTitle(c.env, c.var.producerId, row.id, changes.data, Date.now());
  forgetTitlePolicy(row.id);
  return c.redirect(`/studio/titles/${row.id}?saved`, 303);
});

const noCountry = "Choose at least one country, or “Everywhere”.";

async function titleOf(c: Context<ProducerEnv>, id: string): Promise<TitleRow> {
  const row = await findTitle(c.env, c.var.producerId, id);
  if (row === undefined) {
    throw new Problem(404, "title_not_found", "There is no such title of yours. The studio lists them all.");
  }
  return row;
}

async function show(
  c: Context<ProducerEnv>,
  row: TitleRow,
  form: TitleForm,
  errors: ReadonlyMap<string, string>,
  status: 200 | 422,
): Promise<Response> {
  const asking = askingOf(c);
  const asset = await readAssetOfTitle(c.env, asking, row.id);
  const [renditions, found, playbackUrl] = await Promise.all([
    asset === undefined ? [] : findRenditions(c.env, asset.id),
    asset === undefined ? null : findInspection(c.env, asset.id),
    playbackUrlOf(c.env, c.req.raw, row.id),
  ]);
  return sendPage(
    c,
    <TitlePage
      titleId={row.id}
      heading={row.title}
      form={form}
      errors={errors}
      saved={c.req.query("saved") !== undefined && status === 200}
      asset={asset}
      renditions={renditions.map(describeRendition)}
      inspection={inspection.safeParse(found).data ?? null}
      watchUrl={`${asking.origin}/watch/${row.slug}`}
      playbackUrl={playbackUrl}
      now={asking.now}
    />,
    status,
  );
}
