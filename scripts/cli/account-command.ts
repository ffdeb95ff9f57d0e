/** `marquee account`: the producer's quotas and rates. */
import { z } from "zod";
import { formatBytes } from "../../workers/web/format/format.ts";
import { callApi, readAnswer } from "../client/call-api.ts";
import type { Server } from "../client/find-server.ts";
import type { Output } from "./asset-commands.ts";

const account = z.object({
  id: z.string(),
  name: z.string(),
  quotas: z.record(z.string(), z.object({ used: z.number().nullable(), limit: z.number() })),
  rates: z.array(z.object({ limit: z.string(), requests: z.number(), seconds: z.number() })),
});

/** Shows what the key's producer may have, and has. @throws UserError */
export async function accountCommand(server: Server): Promise<Output> {
  const answer = await callApi(server, "GET", "/v1/account");
  const { id, name, quotas, rates } = readAnswer(server, answer, account);
  const lines = Object.entries(quotas).map(([quota, { used, limit }]) => {
    const has = used === null ? "" : `${amount(quota, used)} of `;
    return `  ${quota.padEnd(16)} ${has}${amount(quota, limit)}`;
  });
  const fast = rates.map(
    ({ limit, requests, seconds }) => `  ${limit.padEnd(16)} ${requests} requests in ${seconds} s`,
  );
  return { json: answer, words: [`${name} (${id})`, ...lines, ...fast].join("\n") };
}

function amount(quota: string, value: number): string {
  return /bytes/.test(quota) ? formatBytes(value) : String(value);
}
