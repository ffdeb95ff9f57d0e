/** Refusals of what a producer's quotas don't allow. */
import type { QuotaName } from "../catalog/quotas.ts";
import type { Share } from "../catalog/usage.ts";
import { Problem } from "./problem.ts";

/** A quota that refuses; the others let something older go. */
export type RefusingQuota = Exclude<QuotaName, "policy_versions" | "sessions" | "signing_keys">;

interface Refusal {
  status: 403 | 429;
  code: string;
  /** The fault, and the way out. */
  detail: (limit: number) => string;
  /** Seconds after which it may be different, where waiting helps. */
  retryAfter?: number;
}

const refusals: Record<RefusingQuota, Refusal> = {
  bytes_stored: {
    status: 403,
    code: "storage_quota_exceeded",
    detail: (limit) =>
      `Your films and open uploads would take more than your ${limit} bytes. Delete films (their bytes are free when they are purged, 30 days later) or cancel uploads, or ask your operator for more.`,
  },
  films: {
    status: 403,
    code: "too_many_films",
    detail: (limit) =>
      `You have ${limit} films, the most allowed; deleted ones count until they are purged, 30 days later. Delete some, or ask your operator for more.`,
  },
  open_uploads: {
    status: 429,
    code: "too_many_uploads",
    detail: (limit) =>
      `You have ${limit} unfinished uploads, the most allowed. Finish or cancel one (DELETE /v1/uploads/{id}) and try again.`,
  },
  running_patches: {
    status: 429,
    code: "too_many_running_patches",
    detail: (limit) =>
      `${limit} of your requests are sending bytes now, the most allowed. Wait until one has ended, and send these again.`,
    retryAfter: 5,
  },
  ended_uploads: {
    status: 429,
    code: "too_many_ended_uploads",
    detail: (limit) =>
      `${limit} of your uploads were cancelled, ran out or failed within a month, the most allowed. Finish those that are open, and try again later.`,
  },
  open_tasks: {
    status: 429,
    code: "too_much_open_work",
    detail: (limit) =>
      `Your films have ${limit} tasks to be done, the most allowed. Wait until some films are ready, and try again.`,
    retryAfter: 300,
  },
  policy_bytes: {
    status: 403,
    code: "policy_quota_exceeded",
    detail: (limit) =>
      `Your policies would take more than ${limit} bytes. Shorten them: put countries into groups, and rules for all titles into the service's policy.`,
  },
};

/** The refusal of what would go beyond a quota. `quota`, `limit` and `used` are members of the problem. */
export function quotaExceeded(name: RefusingQuota, { quotas, used }: Share): Problem {
  const { status, code, detail, retryAfter } = refusals[name];
  const limit = quotas[name];
  return new Problem(status, code, detail(limit), {
    members: { quota: name, limit, used: used[name] },
    ...(retryAfter === undefined ? {} : { headers: { "Retry-After": String(retryAfter) } }),
  });
}
