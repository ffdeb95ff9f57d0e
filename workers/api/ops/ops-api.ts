/** `/v1/ops`: the operators' view of the service, and their repairs. */
import { Hono } from "hono";
import { type ProducerEnv, requireProducer } from "../../http/authenticate.ts";
import { Problem, problemResponse } from "../../http/problem.ts";
import {
  type DeadLetter,
  findDeadLetters,
  queueOf,
  rerunDeadLetter,
} from "../../pipeline/queues/dead-letters.ts";
import { scrubProgress } from "../../pipeline/reconcile/scrub-progress.ts";
import { type Counter, deliveryCounters } from "../../playback/delivery/delivery-metrics.ts";
import { republish } from "../../publisher/edge/republish.ts";
import { writeCursor } from "../../shared/page-cursor.ts";
import { pageOf } from "../deleted-list.ts";
import { listAllKeys } from "../keys/key-store.ts";
import { describeKey, producerKeysApi } from "../keys/keys-api.ts";
import { producerSigningKeysApi } from "../keys/signing-keys-api.ts";
import { readPageQuery } from "../page-query.ts";
import { alarmsApi } from "./alarms-api.ts";
import { gaugesApi } from "./gauges-api.ts";
import { isOperator } from "./is-operator.ts";
import { pathwaysApi } from "./pathways-api.ts";
import { producersApi } from "./producers-api.ts";
import { rebuildApi } from "./rebuild-api.ts";
import { servicePolicyApi } from "./service-policy-api.ts";

/** Mounted at `/v1/ops`; only an operator's key opens it (403 `not_an_operator`). */
export const opsApi = new Hono<ProducerEnv>();
opsApi.onError(problemResponse);
opsApi.use(requireProducer);
opsApi.use(async (c, next) => {
  if (!(await isOperator(c.env, c.var.producerId))) {
    throw new Problem(
      403,
      "not_an_operator",
      "Only operators of the service have access here. Use an operator's key.",
    );
  }
  await next();
});
opsApi.route("/", alarmsApi);
opsApi.route("/gauges", gaugesApi);

opsApi.route("/pathways", pathwaysApi);

opsApi.route("/policy", servicePolicyApi);

opsApi.route("/producers", producersApi);

opsApi.route("/rebuild", rebuildApi);

opsApi.route("/producers/:producer/keys", producerKeysApi);
opsApi.route("/producers/:producer/signing-keys", producerSigningKeysApi);

opsApi.get("/keys", async (c) => {
  const { after, limit } = readPageQuery(c);
  const { shown, next } = pageOf(await listAllKeys(c.env, { after, limit: limit + 1 }), limit);
  const keys = shown.map((row) => ({
    ...describeKey(row, c.var.keyId),
    producer_id: row.producerId,
    producer_name: row.producerName,
  }));
  return c.json({ keys, next_cursor: next });
});

opsApi.get("/dead-letters", async (c) => {
  const { after, limit } = readPageQuery(c);
  const rows = await findDeadLetters(c.env, { after, limit: limit + 1 });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return c.json({
    dead_letters: shown.map(describe),
    next_cursor: rows.length > limit && last !== undefined ? writeCursor(last) : null,
  });
});

opsApi.post("/dead-letters/:id/rerun", async (c) => {
  const rerun = await rerunDeadLetter(c.env, c.req.param("id"), Date.now());
  if (rerun === null) {
    throw new Problem(
      404,
      "dead_letter_not_found",
      "There is no such dead letter. `GET /v1/ops/dead-letters` lists them.",
    );
  }
  if (rerun.sentTo === null) {
    throw new Problem(
      422,
      "not_rerunnable",
      "This message belongs to none of Marquee's queues, so it can't be sent again. Its assets go on without it.",
    );
  }
  return c.json(describe(rerun.letter), 202);
});

opsApi.get("/scrub", async (c) => {
  const progress = await scrubProgress(c.env, Date.now());
  const time = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  return c.json({
    checked_in_30_days: progress.isCheckedIn30Days,
    oldest_verified_at: time(progress.oldestVerifiedAt),
    behind: progress.behind,
    assets_per_minute: progress.assetsPerMinute,
    unread_sources: progress.unreadSources,
    oldest_source_read_at: time(progress.oldestSourceReadAt),
  });
});

opsApi.post("/republish", async (c) => {
  const { published, next } = await republish(c.env, c.req.query("cursor") ?? null, Date.now());
  return c.json({ published, next_cursor: next });
});

opsApi.get("/cache", (c) => c.json(describeCounters(deliveryCounters())));

/** Times are ISO 8601 (UTC); `queue` is the queue that gave up on it, null when it is none of ours. */
function describe({ id, body, createdAt, rerunAt }: DeadLetter) {
  return {
    id,
    queue: queueOf(body),
    body,
    created_at: new Date(createdAt).toISOString(),
    rerun_at: rerunAt === null ? null : new Date(rerunAt).toISOString(),
  };
}

/**
 * The JSON of this isolate's deliveries by class of object. `hit_ratio`: the share that the origin did not see, 0 to 1. In
 * the cloud each isolate counts for itself, so the service's figures come from Analytics Engine; on a laptop there is one.
 */
function describeCounters(counters: ReadonlyMap<string, Readonly<Counter>>) {
  const objects = [...counters].flatMap(([name, { isolate, edge, origin }]) => {
    const requests = isolate + edge + origin;
    if (requests === 0) return [];
    return [{ object: name, requests, isolate, edge, origin, hit_ratio: (isolate + edge) / requests }];
  });
  return { scope: "isolate", objects };
}
