/** `/healthz`: checks that this Worker reaches its dependencies. For load balancers, `npm start` and people. */
import { Hono } from "hono";
import { type Alarm, lastingAlarms } from "../../catalog/alarms.ts";
import { openDatabase } from "../../catalog/database.ts";
import { readCheapGauges } from "../../pipeline/reconcile/gauges.ts";
import { fetchWithin } from "../../shared/fetch-within.ts";
import { withTimeout } from "../../shared/with-timeout.ts";

/** Longest that one check may take, milliseconds. */
const checkTimeoutMs = 3000;

/** One dependency: its state, and the time of its answer, milliseconds. */
interface Check {
  state: "ok" | "failed" | "on_demand";
  ms: number;
}

/**
 * Mounted at `/healthz`: 200 when every check is fine, else 503; each check's state and time either way. `alarms` names what
 * a person has to look at (`state` `alarm`): the service runs on, so that is no reason to take it out of service.
 */
export const healthz = new Hono<{ Bindings: Env }>();

healthz.get("/", async (c) => {
  let alarms: Alarm[] = [];
  const [database, storage, transcoder] = await Promise.all([
    check(async () => {
      alarms = await lastingAlarms(openDatabase(c.env));
    }),
    check(() => c.env.MEDIA.head("healthz")),
    checkTranscoder(c.env.TRANSCODER_URL),
  ]);
  const checks = { database, storage, transcoder };
  const healthy = Object.values(checks).every((one) => one.state !== "failed");
  const state = healthy ? (alarms.length === 0 ? "ok" : "alarm") : "failed";
  const codes = alarms.map(({ code }) => code);
  const gauges = database.state === "ok" ? await describeCheap(c.env) : null;
  const status = healthy ? "ok" : "failed";
  return c.json({ status, state, alarms: codes, checks, gauges }, healthy ? 200 : 503);
});

/**
 * Mounted at `/livez`: 200 while the Worker answers at all. It asks nobody else, so who kills what does not answer (`npm start` does)
 * never kills the Worker for the database's or the transcoder's silence.
 */
export const livez = new Hono<{ Bindings: Env }>();

livez.get("/", (c) => c.json({ status: "ok" }, 200, { "Cache-Control": "no-store" }));

/** The gauges that cost a few rows, in bytes and seconds; null when they can't be read. They make nothing unhealthy. */
async function describeCheap(env: Env) {
  try {
    const { databaseBytes, cron, changesBehind } = await readCheapGauges(env);
    const lag = cron === null ? null : Math.max(0, Math.round((Date.now() - cron.dueAt) / 1000));
    return { database_bytes: databaseBytes, cron_lag: lag, changes_behind: changesBehind };
  } catch (error) {
    console.warn("the gauges could not be read", String(error));
    return null;
  }
}

async function checkTranscoder(url: string): Promise<Check> {
  // In the cloud a container starts when there is work; a health check would start (and bill) one.
  if (url === "") return { state: "on_demand", ms: 0 };
  return check(async () => {
    const response = await fetchWithin(checkTimeoutMs, new URL("/healthz", url));
    await response.body?.cancel();
    if (!response.ok) throw new Error(`transcoder answered ${response.status}`);
  });
}

async function check(ask: () => Promise<unknown>): Promise<Check> {
  const startedAt = Date.now();
  try {
    await withTimeout("a check", checkTimeoutMs, ask);
    return { state: "ok", ms: Date.now() - startedAt };
  } catch (error) {
    console.warn("health check failed", String(error));
    return { state: "failed", ms: Date.now() - startedAt };
  }
}
