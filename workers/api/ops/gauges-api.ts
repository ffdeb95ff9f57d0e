/** `GET /v1/ops/gauges`: what the service holds, what waits, and the alarms that last. */
import { Hono } from "hono";
import { lastingAlarms } from "../../catalog/alarms.ts";
import { openDatabase } from "../../catalog/database.ts";
import type { ProducerEnv } from "../../http/authenticate.ts";
import { databaseLimit, type Gauges, readGauges } from "../../pipeline/reconcile/gauges.ts";

/** Mounted at `/v1/ops/gauges`. */
export const gaugesApi = new Hono<ProducerEnv>();

gaugesApi.get("/", async (c) => {
  const [gauges, alarms] = await Promise.all([readGauges(c.env), lastingAlarms(openDatabase(c.env))]);
  return c.json({
    ...describeGauges(gauges, Date.now()),
    alarms: alarms.map(({ code, detail, raisedAt }) => ({
      code,
      detail,
      raised_at: new Date(raisedAt).toISOString(),
    })),
  });
});

/** Sizes are bytes, durations seconds, times ISO 8601 (UTC). */
export function describeGauges(gauges: Gauges, now: number) {
  const { databaseBytes, titles, assets, queued, running, deadLetters, cron, changesBehind } = gauges;
  return {
    database: { bytes: databaseBytes, limit_bytes: databaseLimit, titles, assets },
    tasks: { queued, running },
    dead_letters: deadLetters,
    cron:
      cron === null
        ? null
        : {
            due_at: new Date(cron.dueAt).toISOString(),
            lag: Math.max(0, Math.round((now - cron.dueAt) / 1000)),
            took: cron.tookMs / 1000,
            statements: cron.statements,
          },
    changes_behind: changesBehind,
  };
}
