/** Puts together everything that a title's page in the studio shows. */
import type { Context } from "hono";
import { inspection } from "../../../protocol/inspection.ts";
import { describeRendition } from "../../api/assets/describe-asset.ts";
import { findPlan, ladderOf } from "../../api/assets/find-assets.ts";
import { playbackUrlOf } from "../../api/assets/playback-url-of.ts";
import { readAssetOfTitle, requestContext } from "../../api/assets/read-assets.ts";
import { explainQuery } from "../../api/titles/explain-query.ts";
import { explainTitleFor } from "../../api/titles/explain-title-for.ts";
import { findPolicy, findPolicyVersions } from "../../api/titles/find-policy.ts";
import { findTitle, type TitleRow } from "../../api/titles/find-titles.ts";
import { readRenditions } from "../../catalog/archive/read-renditions.ts";
import type { ProducerEnv } from "../../http/authenticate.ts";
import { Problem } from "../../http/problem.ts";
import { viewerOf } from "../../playback/viewer.ts";
import { sendPage } from "../layout/send-page.ts";
import type { PolicyContent } from "./policy-panels.tsx";
import type { PreviewContent } from "./policy-preview.tsx";
import type { TitleForm } from "./title-form.ts";
import { TitlePage } from "./title-page.tsx";
import { writePolicyText } from "./write-policy-text.ts";

/** Versions of the policy that the page lists. */
const shownVersions = 5;

/** Additions to the title as it is: mistakes in a form that was sent, by field, and the policy as it was typed. */
export interface Sent {
  errors: ReadonlyMap<string, string>;
  policy?: Pick<PolicyContent, "text" | "version" | "errors" | "outdated">;
  status: 200 | 409 | 412 | 422;
}

/** The producer's title. @throws Problem 404 `title_not_found` */
export async function titleOf(c: Context<ProducerEnv>, id: string): Promise<TitleRow> {
  const row = await findTitle(c.env, c.var.producerId, id);
  if (row === undefined) {
    throw new Problem(404, "title_not_found", "There is no such title of yours. The studio lists them all.");
  }
  return row;
}

/** Answers with the page of a title. */
export async function showTitle(
  c: Context<ProducerEnv>,
  row: TitleRow,
  form: TitleForm,
  sent: Sent,
): Promise<Response> {
  const asking = requestContext(c);
  const asset = await readAssetOfTitle(c.env, asking, row.id);
  const [renditions, planned, playbackUrl, current, versions, preview] = await Promise.all([
    asset === undefined ? [] : readRenditions(c.env, asset.id),
    asset === undefined ? null : findPlan(c.env, asset.id),
    playbackUrlOf(c.env, c.req.raw, row.id),
    findPolicy(c.env, row),
    findPolicyVersions(c.env, row.id, { before: null, limit: shownVersions }),
    previewOf(c, row, asset?.status ?? null, asking.now),
  ]);
  const stored = {
    text: writePolicyText(current.document),
    version: current.version,
    errors: [],
    outdated: false,
  };
  const saved = sent.status === 200 ? c.req.query("saved") : undefined;
  return sendPage(
    c,
    <TitlePage
      titleId={row.id}
      heading={row.title}
      form={form}
      errors={sent.errors}
      saved={saved !== undefined && saved !== "policy"}
      asset={asset}
      renditions={renditions.map(describeRendition)}
      ladder={ladderOf(planned)}
      inspection={inspection.safeParse(planned?.inspection).data ?? null}
      watchUrl={`${asking.origin}/watch/${row.slug}`}
      playbackUrl={playbackUrl}
      policy={{
        ...{ titleId: row.id, isOwn: row.hasOwnPolicy, versions, saved: saved === "policy" },
        ...(sent.policy ?? stored),
      }}
      preview={preview}
      now={asking.now}
    />,
    sent.status,
  );
}

/** The preview that the address asks for (`?as=DE&on=2027-03-01T00:00`); anything else is here and now. */
async function previewOf(
  c: Context<ProducerEnv>,
  row: TitleRow,
  film: PreviewContent["film"],
  now: number,
): Promise<PreviewContent> {
  const { country, isTor } = viewerOf(c.req.raw, c.env);
  const here = isTor ? "T1" : country;
  const minute = Math.floor(now / 60_000) * 60_000;
  const [as, on] = [c.req.query("as") ?? here, c.req.query("on")];
  const asked = explainQuery.safeParse({ country: as, ...(on === undefined ? {} : { at: `${on}Z` }) });
  const query = asked.data ?? explainQuery.parse({ country: here });
  const at = query.at ?? minute;
  const explanation = await explainTitleFor(c.env, row, { ...query, at }, now);
  return {
    titleId: row.id,
    place: query.country,
    moment: new Date(at).toISOString().slice(0, 16),
    explanation,
    film,
  };
}
