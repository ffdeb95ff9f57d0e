/** `/v1/titles/{id}/policy`: the rules of one title, their versions, and explanations of their effect. */
import { type Context, Hono } from "hono";
import { type ProducerEnv, requireProducer } from "../../http/authenticate.ts";
import { Problem, problemResponse } from "../../http/problem.ts";
import { countriesPolicy } from "../../playback/policy/countries-policy.ts";
import { noServicePolicy } from "../../playback/policy/effective-policy.ts";
import { readServicePolicy } from "../../playback/policy/service-policy.ts";
import { answerVersions } from "./answer-versions.ts";
import { explain } from "./explain-api.ts";
import { findPolicy } from "./find-policy.ts";
import { findTitle, type TitleRow } from "./find-titles.ts";
import { answerPolicy, policyChanged, readPolicyBody, versionToChange } from "./policy-body.ts";
import { writePolicy } from "./write-policy.ts";

/** Mounted at `/v1/titles`. Other producers' titles do not exist here (404 `title_not_found`). */
export const policyApi = new Hono<ProducerEnv>();
policyApi.onError(problemResponse);
policyApi.use("/:id/policy/*", requireProducer);

policyApi.get("/:id/policy", async (c) => answerPolicy(c, await findPolicy(c.env, await titleOf(c))));

policyApi.put("/:id/policy", async (c) => {
  const title = await titleOf(c);
  const upon = versionToChange(c, await findPolicy(c.env, title));
  const service = await readServicePolicy(Date.now());
  const document = await readPolicyBody(c, service.policy ?? noServicePolicy);
  const writing = { producerId: c.var.producerId, upon, now: Date.now() };
  const version = await writePolicy(c.env, title.id, { kind: "own", document }, writing);
  if (version === null) throw policyChanged();
  return answerPolicy(c, { version, document });
});

policyApi.delete("/:id/policy", async (c) => {
  const title = await titleOf(c);
  if (!title.hasOwnPolicy) {
    throw new Problem(
      404,
      "no_own_policy",
      "This title has no policy of its own; its country lists count. PUT one to give it one.",
    );
  }
  const upon = versionToChange(c, await findPolicy(c.env, title));
  const writing = { producerId: c.var.producerId, upon, now: Date.now() };
  const document = countriesPolicy(title);
  if ((await writePolicy(c.env, title.id, { kind: "countries", document }, writing)) === null) {
    throw policyChanged();
  }
  return c.body(null, 204);
});

policyApi.get("/:id/policy/versions", async (c) => answerVersions(c, (await titleOf(c)).id));

policyApi.get("/:id/policy/explain", async (c) => explain(c, await titleOf(c)));

async function titleOf(c: Context<ProducerEnv>): Promise<TitleRow> {
  const row = await findTitle(c.env, c.var.producerId, c.req.param("id") ?? "");
  if (row === undefined) {
    throw new Problem(
      404,
      "title_not_found",
      "There is no such title of yours. `GET /v1/titles` lists them.",
    );
  }
  return row;
}
