/** Policies as request bodies and responses: validation with pointers, and versions as entity tags. */
import type { Context } from "hono";
import { parseBody } from "../../http/parse-body.ts";
import { Problem } from "../../http/problem.ts";
import { findContradictions } from "../../playback/policy/find-contradictions.ts";
import { type Policy, policyDocument, type ServicePolicy } from "../../playback/policy/policy-document.ts";
import type { CurrentPolicy } from "./find-policy.ts";

/** Largest policy, bytes of its JSON: every isolate that plays the title holds it. */
const maxPolicyBytes = 64 * 1024;

/**
 * Reads a policy from the request's body. @param service the service's policy, whose groups a title may name; null when the body is that one
 * @throws Problem of `parseBody`; 422 `policy_too_large`; 422 `policy_contradicts_itself` with `errors`.
 */
export async function readPolicyBody(c: Context, service: ServicePolicy | null): Promise<Policy> {
  const policy = await parseBody(c, policyDocument);
  refuseContradictions(policy, service);
  return policy;
}

/** Checks a well-formed policy. @throws Problem as `readPolicyBody` */
export function refuseContradictions(policy: Policy, service: ServicePolicy | null): void {
  if (new TextEncoder().encode(JSON.stringify(policy)).byteLength > maxPolicyBytes) {
    const detail = `A policy may have at most ${maxPolicyBytes} bytes. Put countries into groups, and rules with the same outcome together.`;
    throw new Problem(422, "policy_too_large", detail);
  }
  const errors = findContradictions(policy, service?.groups ?? {});
  const [first] = errors;
  if (first === undefined) return;
  throw new Problem(422, "policy_contradicts_itself", `${first.pointer}: ${first.detail}.`, {
    members: { errors },
  });
}

/** The version that the request wants to change. @throws Problem 428 `if_match_required`, 412 `policy_changed` */
export function versionToChange(c: Context, current: CurrentPolicy): number {
  const ifMatch = c.req.header("If-Match");
  if (ifMatch === undefined) {
    throw new Problem(
      428,
      "if_match_required",
      "Send the ETag of the policy that you read as If-Match, so that nobody's change is lost.",
    );
  }
  const tags: string[] = ifMatch.match(/(?:W\/)?"[^"]*"/g) ?? [];
  // Strong comparison (RFC 9110 §13.1.1): a weak tag matches nothing.
  if (ifMatch.trim() !== "*" && !tags.includes(etagOf(current))) throw policyChanged();
  return current.version;
}

/** The refusal of a change that another one has overtaken. */
export function policyChanged(): Problem {
  return new Problem(
    412,
    "policy_changed",
    "The policy was changed since you read it. Read it again, and apply your change to the new one.",
  );
}

/** Answers with a policy, its version as ETag; 304 to a client that has it. */
export function answerPolicy(c: Context, current: CurrentPolicy): Response {
  const etag = etagOf(current);
  c.header("ETag", etag);
  const tags: string[] = c.req.header("If-None-Match")?.match(/"[^"]*"/g) ?? [];
  return c.req.method === "GET" && tags.includes(etag) ? c.body(null, 304) : c.json(current.document);
}

function etagOf({ version }: CurrentPolicy): string {
  return `"${version}"`;
}
