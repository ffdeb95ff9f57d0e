/** The Worker to be compared with: it does nothing but return bytes that it has in memory, by path. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { serveWorker, type WorkerServer } from "../measure/serve-worker.ts";

const script = `
import segment from "./segment.bin";
import playlist from "./playlist.bin";
import sound from "./sound.bin";
export default {
  fetch(request) {
    switch (new URL(request.url).pathname) {
      case "/segment.m4s":
        return new Response(segment, { headers: { "Content-Type": "video/iso.segment" } });
      case "/sound.m4s":
        return new Response(sound, { headers: { "Content-Type": "audio/mp4" } });
      default:
        return new Response(playlist, { headers: { "Content-Type": "application/vnd.apple.mpegurl" } });
    }
  },
};
`;

/** Starts it; its modules go into `folder`. */
export async function serveTrivial(
  files: Record<"segment" | "sound" | "playlist", Uint8Array>,
  folder: string,
): Promise<WorkerServer<unknown>> {
  writeFileSync(path.join(folder, "trivial.js"), script);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(folder, `${name}.bin`), bytes);
  return await serveWorker({
    modulesRoot: folder,
    modules: [
      { type: "ESModule", path: path.join(folder, "trivial.js") },
      ...Object.keys(files).map((name) => ({
        type: "Data" as const,
        path: path.join(folder, `${name}.bin`),
      })),
    ],
    compatibilityDate: "2026-10-23",
  });
}
