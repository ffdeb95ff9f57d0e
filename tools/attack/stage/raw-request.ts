import { request } from "node:http";

/** Answers may go on for ever; after this long nobody listens any more, milliseconds. */
const lingerMs = 1000;

/** Sends a request whose headers are as they are given, `Host` too, which `fetch` would not. @returns its status; 0: none came */
export async function rawStatus(
  url: string,
  method: string,
  address: string,
  headers: Record<string, string>,
  body = "",
): Promise<number> {
  const { hostname, port } = new URL(url);
  return await new Promise((resolve) => {
    const sent = request(
      { host: hostname, port, method, path: address, headers, timeout: 30_000 },
      (answer) => {
        resolve(answer.statusCode ?? 0);
        setTimeout(() => sent.destroy(), lingerMs);
      },
    );
    sent.on("timeout", () => sent.destroy());
    sent.on("error", () => resolve(0));
    sent.end(body);
  });
}
