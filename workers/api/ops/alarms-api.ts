/** `/v1/ops/alarms`, `/v1/ops/epoch` and `/v1/ops/unknown-objects`: trouble that a person has to look at, and its end. */
import { Hono } from "hono";
import { type Alarm, lastingAlarms } from "../../catalog/alarms.ts";
import { openDatabase } from "../../catalog/database.ts";
import type { ProducerEnv } from "../../http/authenticate.ts";
import { Problem } from "../../http/problem.ts";
import { deletionGate, stopsDeleting } from "../../safety/deletion-gate.ts";
import { adoptEpoch } from "../../safety/epoch-stamp.ts";
import { endSweepFuse, findUnknown } from "../../safety/unknown-objects.ts";

/** Slices of one page of unknown objects; each names at most 20. */
const slicesPerPage = 50;

/** Mounted at `/v1/ops`, behind its check for operators. */
export const alarmsApi = new Hono<ProducerEnv>();

alarmsApi.get("/alarms", async (c) => {
  const alarms = await lastingAlarms(openDatabase(c.env));
  return c.json({ alarms: alarms.map(describe) });
});

/** Ends the alarms that nothing but a person can end. The others end when what raised them finds that all is well. */
alarmsApi.post("/alarms/:code/end", async (c) => {
  const code = c.req.param("code");
  const lasting = await lastingAlarms(openDatabase(c.env));
  if (!lasting.some((alarm) => alarm.code === code)) {
    throw new Problem(
      404,
      "alarm_not_found",
      "No such alarm lasts. `GET /v1/ops/alarms` lists those that do.",
    );
  }
  if (code !== "sweep_fuse") {
    throw new Problem(
      409,
      "alarm_ends_itself",
      "This alarm ends by itself when what it names is put right; see its `detail`. Only `sweep_fuse` is ended by hand.",
    );
  }
  await endSweepFuse(c.env, Date.now());
  return c.body(null, 204);
});

/** The operator says that the database that is bound now belongs to these buckets. */
alarmsApi.post("/epoch/adopt", async (c) => {
  const now = Date.now();
  const stamp = await adoptEpoch(c.env, now);
  const mayDelete = await deletionGate(c.env, now).mayDelete();
  return c.json({ ...stamp, may_delete: mayDelete });
});

alarmsApi.get("/unknown-objects", async (c) => {
  const cursor = c.req.query("cursor") ?? "";
  if (!/^[0-9a-z]{0,2}$/.test(cursor)) {
    throw new Problem(
      400,
      "invalid_cursor",
      "Use `next_cursor` of the page before as it is, or leave `cursor` out.",
    );
  }
  const slices = await findUnknown(c.env, { after: cursor, limit: slicesPerPage + 1 });
  const shown = slices.slice(0, slicesPerPage);
  return c.json({
    slices: shown
      .filter(({ unknown }) => unknown > 0)
      .map(({ letters, found, unknown, accepted, keys, seenAt }) => ({
        ...{ letters, found, unknown, accepted, keys },
        seen_at: new Date(seenAt).toISOString(),
      })),
    next_cursor: slices.length > slicesPerPage ? (shown.at(-1)?.letters ?? null) : null,
  });
});

/** Times are ISO 8601 (UTC). */
function describe({ code, detail, raisedAt, lastSeenAt }: Alarm) {
  return {
    code,
    detail,
    stops_deleting: stopsDeleting(code),
    raised_at: new Date(raisedAt).toISOString(),
    last_seen_at: new Date(lastSeenAt).toISOString(),
  };
}
