/** Every route of the Worker, as the router has them. */
import { inspectRoutes } from "hono/dev";
import { app } from "../../workers/app.ts";

/** The routes that answer, each as `METHOD /path/:parameter` (`ALL`: any method); what only stands before them is left out. */
export function routeNames(): string[] {
  const handlers = inspectRoutes(app).filter(({ isMiddleware }) => !isMiddleware);
  return [...new Set(handlers.map(({ method, path }) => `${method} ${path}`))].toSorted();
}
