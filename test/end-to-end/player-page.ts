/** A page of somebody else's, with a player in it: what our media look like from another web origin. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A running server for it. */
export interface PlayerPage {
  url: string;
  close(): void;
}

/** Serves a page with a `<video>` and the script in `file`, on a port of its own. */
export async function servePlayerPage(file: string): Promise<PlayerPage> {
  const script = readFileSync(file);
  const server = createServer((request, response) => {
    if (request.url === "/player.js") {
      response.setHeader("Content-Type", "text/javascript").end(script);
    } else if (request.url === "/") {
      const page = '<!doctype html><title>Player</title><video></video><script src="/player.js"></script>';
      response.setHeader("Content-Type", "text/html").end(page);
    } else {
      response.writeHead(204).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
