/** `/studio/sign-in` and `/studio/sign-out`. A key travels in a form's body only, never in a URL. */
import { Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { beginSession, endSession, sessionSeconds } from "../../api/session.ts";
import { isCrossSite, sessionCookie } from "../../http/authenticate.ts";
import { limitByAddress, networkOf } from "../../http/count-requests.ts";
import { Problem } from "../../http/problem.ts";
import { readForm } from "../../http/read-body.ts";
import { sendPage } from "../layout/send-page.ts";
import { SignInPage } from "./sign-in-page.tsx";

/** Mounted at `/studio`. */
export const signInRoutes = new Hono<{ Bindings: Env }>();

signInRoutes.post("/sign-in", limitByAddress("sign_in"), async (c) => {
  refuseCrossSite(c.req.raw);
  const form = await readForm(c);
  const next = safeNext(form.get("next"));
  const token = await beginSession(c.env, (form.get("key") ?? "").trim(), Date.now());
  if (token === null) {
    console.warn("a wrong key at the sign-in", networkOf(c.req.raw));
    return sendPage(c, <SignInPage next={next} wrong />, 401);
  }
  setCookie(c, sessionCookie, token, {
    path: "/",
    httpOnly: true,
    sameSite: "Strict",
    secure: new URL(c.req.url).protocol === "https:",
    maxAge: sessionSeconds,
  });
  return c.redirect(next, 303);
});

signInRoutes.get("/sign-in", (c) => c.redirect("/studio", 303));

signInRoutes.post("/sign-out", async (c) => {
  refuseCrossSite(c.req.raw);
  const token = getCookie(c, sessionCookie);
  if (token !== undefined) await endSession(c.env, token);
  deleteCookie(c, sessionCookie, { path: "/" });
  return c.redirect("/studio", 303);
});

function refuseCrossSite(request: Request): void {
  if (!isCrossSite(request)) return;
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
