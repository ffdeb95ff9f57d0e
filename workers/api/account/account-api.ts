/** `/v1/account`: the producer who asks, with their quotas and how much of each is used. */
import { Hono } from "hono";
import { type ProducerEnv, requireProducer } from "../../http/authenticate.ts";
import { Problem, problemResponse } from "../../http/problem.ts";
import { describeAccount } from "./describe-account.ts";

/** Mounted at `/v1/account`. */
export const accountApi = new Hono<ProducerEnv>();
accountApi.onError(problemResponse);
accountApi.use(requireProducer);

accountApi.get("/", async (c) => {
  const account = await describeAccount(c.env, c.var.producerId, Date.now());
  if (account === null) throw new Problem(404, "account_not_found", "This account is gone. Use another key.");
  c.header("Cache-Control", "no-store");
  return c.json(account);
});
