/** `/studio/sign-in` and `/studio/sign-out`. A key travels in a form's body only, never in a URL. */
import { Hono } from "hono";
import { beginSession, endSession, sessionSeconds } from "../../api/session.ts";
import { isCrossSite } from "../../http/authenticate.ts";
import { limitByAddress } from "../../http/count-requests.ts";
import { logEvent } from "../../http/log-event.ts";
import { Problem } from "../../http/problem.ts";
import { readForm } from "../../http/read-body.ts";
import { dropSessionCookie, readSessionCookie, writeSessionCookie } from "../../http/session-cookie.ts";
import { sendPage } from "../layout/send-page.ts";
import { SignInPage } from "./sign-in-page.tsx";

/** Mounted at `/studio`. */
export const signInRoutes = new Hono<{ Bindings: Env }>();

signInRoutes.post("/sign-in", limitByAddress("sign_in"), async (c) => {
  refuseCrossSite(c.req.raw, c.env);
  const form = await readForm(c);
  const next = safeNext(form.get("next"));
  const begun = await beginSession(c.env, (form.get("key") ?? "").trim(), Date.now());
  const address = c.req.header("CF-Connecting-IP") ?? null;
  if (begun === null) {
    logEvent("sign_in_refused", { address });
    return sendPage(c, <SignInPage next={next} wrong />, 401);
  }
  logEvent("sign_in", { producer: begun.producerId, key: begun.keyId, address });
  writeSessionCookie(c, begun.token, sessionSeconds);
  return c.redirect(next, 303);
});

signInRoutes.get("/sign-in", (c) => c.redirect("/studio", 303));

signInRoutes.post("/sign-out", async (c) => {
  refuseCrossSite(c.req.raw, c.env);
  const token = readSessionCookie(c);
  if (token !== undefined) await endSession(c.env, token);
  dropSessionCookie(c);
  return c.redirect("/studio", 303);
});

function refuseCrossSite(request: Request, env: Env): void {
  if (!isCrossSite(request, env)) return;
  throw new Problem(
    403,
    "cross_site",
    "This form was sent from another site. Open the studio itself and try again.",
  );
}

/** The page to go to after signing in: only the studio's and the operators', whatever the form says. */
function safeNext(next: string | null): string {
  return next !== null && /^\/(studio(\/account|\/titles\/ttl_[0-9a-z]{1,40})?|ops)$/.test(next)
    ? next
    : "/studio";
}
