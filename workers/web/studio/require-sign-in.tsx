/** The studio's pages show a producer their own things; anybody else sees the sign-in page in their place. */
import { getCookie } from "hono/cookie";
import { createMiddleware } from "hono/factory";
import {
  type ProducerEnv,
  producerOfSession,
  requireProducer,
  sessionCookie,
} from "../../http/authenticate.ts";
import { countRequest } from "../../http/count-requests.ts";
import { sendPage } from "../layout/send-page.ts";
import { SignInPage } from "./sign-in-page.tsx";

/** Sets `producerId`, or answers with the sign-in page. Forms (POST) are refused as the API would: 401 or 403. */
export const requireSignIn = createMiddleware<ProducerEnv>(async (c, next) => {
  if (c.req.method !== "GET" && c.req.method !== "HEAD") return requireProducer(c, next);
  const token = getCookie(c, sessionCookie);
  const producerId = token === undefined ? null : await producerOfSession(c.env, token, Date.now());
  if (producerId === null) return sendPage(c, <SignInPage next={new URL(c.req.url).pathname} />);
  await countRequest(c.env, "account", producerId, Date.now());
  c.set("producerId", producerId);
  await next();
});
