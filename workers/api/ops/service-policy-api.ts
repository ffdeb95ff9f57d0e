/** `/v1/ops/policy`: the service's rules, for titles that leave them open, and its groups, for every title. */
import { Hono } from "hono";
import type { ProducerEnv } from "../../http/authenticate.ts";
import { noServicePolicy } from "../../playback/policy/effective-policy.ts";
import { servicePolicyDocument, serviceScope } from "../../playback/policy/policy-document.ts";
import { answerVersions } from "../titles/answer-versions.ts";
import { findServicePolicy } from "../titles/find-policy.ts";
import { answerPolicy, policyChanged, readPolicyBody, versionToChange } from "../titles/policy-body.ts";
import { writeServicePolicy } from "../titles/write-policy.ts";

/** Mounted behind the check for an operator's key. */
export const servicePolicyApi = new Hono<ProducerEnv>();

servicePolicyApi.get("/", async (c) => answerPolicy(c, await findServicePolicy(c.env)));

servicePolicyApi.put("/", async (c) => {
  const current = await findServicePolicy(c.env);
  const upon = versionToChange(c, current);
  const document = await readPolicyBody(c, null);
  const before = servicePolicyDocument.safeParse(current.document).data ?? noServicePolicy;
  const writing = { producerId: c.var.producerId, upon, now: Date.now() };
  const version = await writeServicePolicy(c.env, document, before, writing);
  if (version === null) throw policyChanged();
  return answerPolicy(c, { version, document });
});

servicePolicyApi.get("/versions", (c) => answerVersions(c, serviceScope));
