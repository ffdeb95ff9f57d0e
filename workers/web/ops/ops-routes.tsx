/** `/ops`: how the service is, for operators. Others learn no more than that it isn't for them. */
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { isOperator } from "../../api/ops/is-operator.ts";
import { lastingAlarms } from "../../catalog/alarms.ts";
import { openDatabase } from "../../catalog/database.ts";
import type { ProducerEnv } from "../../http/authenticate.ts";
import { Problem } from "../../http/problem.ts";
import { findDeadLetters, rerunDeadLetter } from "../../pipeline/queues/dead-letters.ts";
import { readGauges } from "../../pipeline/reconcile/gauges.ts";
import { sendPage } from "../layout/send-page.ts";
import { requireSignIn } from "../studio/require-sign-in.tsx";
import { OpsPage } from "./ops-page.tsx";

/** Dead letters that the page shows; the API has all. */
const shownLetters = 20;

const requireOperator = createMiddleware<ProducerEnv>(async (c, next) => {
  if (await isOperator(c.env, c.var.producerId)) return await next();
  throw new Problem(
    403,
    "not_an_operator",
    "This page is for those who run the service. Use an operator's key.",
  );
});

/** Mounted at `/ops`. */
export const opsRoutes = new Hono<ProducerEnv>();
opsRoutes.use(requireSignIn);
opsRoutes.use(requireOperator);

opsRoutes.get("/", async (c) => {
  const [gauges, alarms, letters] = await Promise.all([
    readGauges(c.env),
    lastingAlarms(openDatabase(c.env)),
    findDeadLetters(c.env, { after: null, limit: shownLetters }),
  ]);
  return sendPage(c, <OpsPage gauges={gauges} alarms={alarms} letters={letters} now={Date.now()} />);
});

opsRoutes.post("/dead-letters/:id/rerun", async (c) => {
  const rerun = await rerunDeadLetter(c.env, c.req.param("id"), Date.now());
  if (rerun === null)
    throw new Problem(404, "dead_letter_not_found", "There is no such dead letter any more.");
  if (rerun.sentTo === null) {
    throw new Problem(
      422,
      "not_rerunnable",
      "This message belongs to none of Marquee's queues. Its films go on without it.",
    );
  }
  return c.redirect("/ops", 303);
});
