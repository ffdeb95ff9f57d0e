/**
 * One Worker in a workerd of its own that listens itself, without the proxies that `wrangler dev` puts before a Worker:
 * only the Worker is measured. Miniflare only writes workerd's configuration, and lends R2 and D1.
 */
import { convertV4MiniflareOptions, Miniflare, type V4WorkerOptions } from "miniflare";
import { descendantsNamed } from "./read-process-times.ts";

/** Something that answers HTTP, and the processes that do it. */
export interface Server {
  url: URL;
  pids: number[];
  stop(): Promise<void>;
}

/** A running Worker with its bindings, through which the bench stores its data. */
export interface WorkerServer<Bindings> extends Server {
  bindings: Bindings;
}

/** Starts a Worker, in the same way whichever it is. @param shared options of Miniflare itself */
export async function serveWorker<Bindings>(
  options: V4WorkerOptions & { compatibilityDate: string },
  shared: { resourcePersistencePath?: string } = {},
): Promise<WorkerServer<Bindings>> {
  const before = new Set(descendantsNamed("workerd"));
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      ...shared,
      workers: [
        {
          name: "worker",
          compatibilityFlags: ["nodejs_compat"],
          unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
          ...options,
        },
      ],
    }),
  );
  await miniflare.ready;
  return {
    url: await miniflare.unsafeGetDirectURL("worker"),
    pids: descendantsNamed("workerd").filter((pid) => !before.has(pid)),
    bindings: await miniflare.getBindings<Bindings>("worker"),
    stop: () => miniflare.dispose(),
  };
}
