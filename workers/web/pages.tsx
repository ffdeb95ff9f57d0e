/** Every page that people see. Mounted last at `/`: what nothing else answers is not found, said in HTML or JSON. */
import { type Context, Hono } from "hono";
import { Problem, problemResponse } from "../http/problem.ts";
import { MessagePage } from "./layout/message-page.tsx";
import { sendPage } from "./layout/send-page.ts";
import { opsRoutes } from "./ops/ops-routes.tsx";
import { policyRoutes } from "./studio/policy-routes.tsx";
import { signInRoutes } from "./studio/sign-in-routes.tsx";
import { studioRoutes } from "./studio/studio-routes.tsx";
import { titleRoutes } from "./studio/title-routes.tsx";
import { homeRoutes } from "./viewer/home-routes.tsx";
import { watchRoutes } from "./viewer/watch-routes.tsx";

/** Paths of machines: their errors are problem+json, whatever they accept. */
const machinePaths = /^\/(v1|v|images|internal|assets)(\/|$)/;

/** See the file's comment. */
export const pages = new Hono<{ Bindings: Env }>();
pages.onError(showError);

pages.route("/", homeRoutes);
pages.route("/watch", watchRoutes);
pages.route("/ops", opsRoutes);
pages.route("/studio", signInRoutes);
pages.route("/studio/titles", titleRoutes);
pages.route("/studio/titles", policyRoutes);
pages.route("/studio", studioRoutes);

/** The answer to an address that nothing else has answered (hono's `notFound`). */
export async function notFound(c: Context): Promise<Response> {
  const detail = "There is nothing at this address. Check the link, or start from the home page.";
  const path = new URL(c.req.url).pathname.slice(0, 200);
  return await showError(new Problem(404, "not_found", detail, { members: { path } }), c);
}

/** An error as a page for people and as problem+json for machines (hono's `onError`). */
export async function showError(error: unknown, c: Context): Promise<Response> {
  const problem = problemResponse(error, c);
  const path = new URL(c.req.url).pathname;
  if (machinePaths.test(path) || !(c.req.header("Accept") ?? "").includes("text/html")) return problem;
  for (const name of ["Retry-After", "RateLimit", "RateLimit-Policy"]) {
    const value = problem.headers.get(name);
    if (value !== null) c.header(name, value);
  }
  const body: { code: string; detail: string } = await problem.json();
  const retryAfter = problem.headers.get("Retry-After");
  // A browser waits and asks again by itself; what a form was sent with only its sender may send again.
  const asksAgain = retryAfter !== null && problem.status === 503 && c.req.method === "GET";
  const studio = path === "/studio" || path.startsWith("/studio/");
  return sendPage(
    c,
    <MessagePage
      heading={headingOf(problem.status)}
      code={body.code}
      place={studio ? "signed-out-studio" : "films"}
      action={studio ? { href: "/studio", label: "To the studio" } : { href: "/", label: "All films" }}
      head={asksAgain ? <meta http-equiv="refresh" content={retryAfter} /> : null}
    >
      <p>{body.detail}</p>
    </MessagePage>,
    problem.status as 400,
  );
}

function headingOf(status: number): string {
  if (status === 404) return "Nothing is here";
  if (status === 401) return "Please sign in";
  if (status === 403) return "That is not allowed";
  if (status === 429) return "Too many at once";
  if (status === 503) return "Back in a moment";
  if (status >= 500) return "Something went wrong on our side";
  return "That did not work";
}
