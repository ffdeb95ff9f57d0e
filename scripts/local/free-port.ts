import { createServer } from "node:net";
import getPort from "get-port";

const host = "127.0.0.1";

/** Finds a TCP port of 127.0.0.1 that nobody listens on. The same is not given again for 15 s, so that its taker has time. */
export async function freePort(): Promise<number> {
  return await getPort({ host });
}

/** Tells if `port` of 127.0.0.1 can be listened on. By hand: get-port takes the ports that it gave for used ones. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
