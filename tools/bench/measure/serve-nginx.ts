/** nginx with one process, serving a folder's files as they are. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../../../scripts/local/free-port.ts";
import { findTool } from "../../../scripts/local/tools.ts";
import { UserError } from "../../../scripts/local/user-error.ts";
import { isBelow, readProcessTimes } from "./read-process-times.ts";
import type { Server } from "./serve-worker.ts";

/** Longest time to start, milliseconds. */
const startMs = 10_000;

/** Serves `root`; its own files go into `folder`. @throws UserError when nginx can't run */
export async function serveNginx(root: string, folder: string): Promise<Server> {
  const nginx = findTool("nginx");
  if (nginx === null) throw new UserError("nginx is not installed.");
  const port = await freePort();
  const temporary = path.join(folder, "temporary");
  mkdirSync(temporary, { recursive: true });
  const file = path.join(folder, "nginx.conf");
  writeFileSync(file, configuration(root, folder, temporary, port));
  const child = spawn(nginx, ["-c", file, "-p", folder, "-e", "stderr"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  const url = new URL(`http://127.0.0.1:${port}/`);
  const deadline = Date.now() + startMs;
  while ((await fetch(url).catch(() => null)) === null) {
    if (child.exitCode !== null || Date.now() > deadline)
      throw new UserError(`nginx did not start:\n${complaint}`);
    await pause(50);
  }
  const pid = child.pid ?? 0;
  const all = readProcessTimes();
  const workers = [...all.keys()].filter((other) => isBelow(all, other, pid));
  return {
    url,
    pids: [pid, ...workers],
    stop: async () => {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** A careful operator's settings for static files: sendfile, open files kept, no log. */
function configuration(root: string, folder: string, temporary: string, port: number): string {
  // Started by root it would else become a user who may not read our files.
  const user = process.getuid?.() === 0 ? "user root;\n" : "";
  return `${user}daemon off;
worker_processes 1;
pid ${path.join(folder, "nginx.pid")};
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  tcp_nodelay on;
  keepalive_requests 1000000000;
  open_file_cache max=1000;
  client_body_temp_path ${temporary};
  proxy_temp_path ${temporary};
  fastcgi_temp_path ${temporary};
  uwsgi_temp_path ${temporary};
  scgi_temp_path ${temporary};
  types {
    text/html html;
    text/javascript js;
    application/vnd.apple.mpegurl m3u8;
    video/mp4 mp4;
    video/iso.segment m4s;
    text/vtt vtt;
    image/jpeg jpg;
  }
  server {
    listen 127.0.0.1:${port};
    root ${root};
    add_header Access-Control-Allow-Origin *;
  }
}
`;
}
