/** `/studio/titles/{id}/policy`: the forms that write a title's own policy, or take it away. */
import { Hono } from "hono";
import { policyChanged, refuseContradictions } from "../../api/titles/policy-body.ts";
import { writePolicy } from "../../api/titles/write-policy.ts";
import type { ProducerEnv } from "../../http/authenticate.ts";
import { parseValue } from "../../http/parse-body.ts";
import { Problem } from "../../http/problem.ts";
import { readForm } from "../../http/read-body.ts";
import { countriesPolicy } from "../../playback/policy/countries-policy.ts";
import { noServicePolicy } from "../../playback/policy/effective-policy.ts";
import { type Policy, policyDocument } from "../../playback/policy/policy-document.ts";
import { readServicePolicy } from "../../playback/policy/service-policy.ts";
import { requireSignIn } from "./require-sign-in.tsx";
import { showTitle, titleOf } from "./show-title.tsx";
import { titleFormOf } from "./title-form.ts";

/** Longest policy that a form may hold, bytes: typed with blanks, it is longer than as stored. */
const maxFormBytes = 256 * 1024;

/** Mounted at `/studio/titles`. */
export const policyRoutes = new Hono<ProducerEnv>();
policyRoutes.use(requireSignIn);

policyRoutes.post("/:id/policy", async (c) => {
  const row = await titleOf(c, c.req.param("id"));
  const form = await readForm(c, maxFormBytes);
  const [text, upon] = [form.get("policy") ?? "", Number(form.get("version"))];
  try {
    const service = await readServicePolicy(Date.now());
    const document = readPolicy(text);
    refuseContradictions(document, service.policy ?? noServicePolicy);
    const writing = { producerId: c.var.producerId, upon, now: Date.now() };
    const version = await writePolicy(c.env, row.id, { kind: "own", document }, writing);
    if (version === null) throw policyChanged();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return showTitle(c, row, titleFormOf(row), {
      errors: new Map(),
      policy: { text, version: upon, errors: errorsOf(error), outdated: error.status === 412 },
      status: error.status === 412 ? 412 : 422,
    });
  }
  return c.redirect(`/studio/titles/${row.id}?saved=policy#policy`, 303);
});

policyRoutes.post("/:id/policy/remove", async (c) => {
  const row = await titleOf(c, c.req.param("id"));
  const upon = Number((await readForm(c, maxFormBytes)).get("version"));
  if (row.hasOwnPolicy) {
    const writing = { producerId: c.var.producerId, upon, now: Date.now() };
    const removal = { kind: "countries", document: countriesPolicy(row) } as const;
    if ((await writePolicy(c.env, row.id, removal, writing)) === null) throw policyChanged();
  }
  return c.redirect(`/studio/titles/${row.id}?saved=policy#policy`, 303);
});

/** @throws Problem 422 `invalid_input` */
function readPolicy(text: string): Policy {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const detail = error instanceof Error ? error.message : "it can't be read";
    throw new Problem(422, "invalid_input", `This is not JSON: ${detail}`);
  }
  return parseValue(value, policyDocument);
}

/** The mistakes that a problem names, each without its last full stop. */
function errorsOf(problem: Problem): { pointer: string; detail: string }[] {
  const { errors } = problem.members;
  const list: unknown[] = Array.isArray(errors) ? errors : [];
  const named = list.flatMap((error) => {
    if (typeof error !== "object" || error === null) return [];
    const [pointer, detail]: unknown[] = [Reflect.get(error, "pointer"), Reflect.get(error, "detail")];
    return typeof pointer === "string" && typeof detail === "string" ? [{ pointer, detail }] : [];
  });
  return named.length > 0 ? named : [{ pointer: "", detail: problem.message.replace(/\.$/, "") }];
}
