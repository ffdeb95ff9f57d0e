/** The Worker to be compared with: it does nothing but return bytes that it has in memory, by path. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { serveWorker, type WorkerServer } from "./serve-worker.ts";

const script = `
import segment from "./segment.bin";
import playlist from "./playlist.bin";
export default {
  fetch(request) {
    return new URL(request.url).pathname === "/segment.m4s"
      ? new Response(segment, { headers: { "Content-Type": "video/iso.segment" } })
      : new Response(playlist, { headers: { "Content-Type": "application/vnd.apple.mpegurl" } });
  },
};
`;

/** Starts it; its modules go into `folder`. */
export async function serveTrivial(
  files: { segment: Uint8Array; playlist: Uint8Array },
  folder: string,
): Promise<WorkerServer<unknown>> {
  writeFileSync(path.join(folder, "trivial.js"), script);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(folder, `${name}.bin`), bytes);
  return await serveWorker({
    modulesRoot: folder,
    modules: [
      { type: "ESModule", path: path.join(folder, "trivial.js") },
      { type: "Data", path: path.join(folder, "segment.bin") },
      { type: "Data", path: path.join(folder, "playlist.bin") },
    ],
    compatibilityDate: "2026-10-23",
  });
}
