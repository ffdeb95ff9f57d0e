/** The studio's pages show a producer their own things; anybody else sees the sign-in page in their place. */
import { createMiddleware } from "hono/factory";
import { letThrough, type ProducerEnv, requireProducer } from "../../http/authenticate.ts";
import { countRequest } from "../../http/count-requests.ts";
import { findBySession } from "../../http/find-sign-in.ts";
import { readSessionCookie } from "../../http/session-cookie.ts";
import { sendPage } from "../layout/send-page.ts";
import { SignInPage } from "./sign-in-page.tsx";

/** Sets `producerId` and `keyId`, or answers with the sign-in page. Forms (POST) are refused as the API would: 401 or 403. */
export const requireSignIn = createMiddleware<ProducerEnv>(async (c, next) => {
  if (c.req.method !== "GET" && c.req.method !== "HEAD") return requireProducer(c, next);
  const token = readSessionCookie(c);
  const now = Date.now();
  const found = token === undefined ? null : await findBySession(c.env, token, now);
  if (found === null) return sendPage(c, <SignInPage next={new URL(c.req.url).pathname} />);
  await countRequest(c.env, "account", found.producerId, now);
  letThrough(c, found, now);
  await next();
});
