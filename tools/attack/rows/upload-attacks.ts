/** How much one producer may take by uploads: rows, bytes, an isolate's memory. */
import { request } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { askAs, codeOf } from "../stage/ask.ts";
import { databaseBytes } from "../stage/folder-bytes.ts";
import { canSeeProcesses, residentBytesOf } from "../stage/process-tree.ts";
import type { Attack } from "../stage/row.ts";
import { metadataOf } from "../stage/send-film.ts";
import type { Target } from "../stage/target.ts";

/** Requests are held for this long before the next ones come, milliseconds. */
const heldMs = 5_000;

const tus = { "Tus-Resumable": "1.0.0" };

/** See the head of this file. */
export const uploadAttacks: Attack[] = [
  {
    name: "open-uploads",
    tries: "130 uploads that are begun and left",
    run: async (target) => {
      const made = await begin(target, 130, { "Upload-Length": "1000" });
      const refused = made.filter(({ location }) => location === null);
      await cancel(target, made);
      return [
        { kind: "at least", what: "refused", got: refused.length, limit: 30, unit: "uploads" },
        { kind: "one of", what: "with", got: refused.map(({ code }) => code), allowed: ["too_many_uploads"] },
      ];
    },
  },
  {
    name: "ended-uploads",
    tries: "200 uploads with 8 kB of metadata, begun and cancelled",
    run: async (target) => {
      const before = databaseBytes(target.state);
      const metadata = metadataOf({ filename: "a".repeat(5500) });
      for (let nth = 0; nth < 4; nth++) {
        await cancel(
          target,
          await begin(target, 50, { "Upload-Length": "1000", "Upload-Metadata": metadata }),
        );
      }
      const grown = databaseBytes(target.state) - before;
      const account = await askAs(target.attacker, "GET", "/v1/account");
      return [
        {
          kind: "at most",
          what: "the database grew by",
          got: grown / 200 / 1000,
          limit: 4,
          unit: "kB an upload",
        },
        {
          kind: "one of",
          what: "they are counted",
          got: [/"ended_uploads"/.test(account.text) ? "yes" : "no"],
          allowed: ["yes"],
        },
      ];
    },
  },
  {
    name: "stored-bytes",
    tries: "an upload of 200 TB, and one beyond what the producer may store",
    run: async (target) => {
      const [huge] = await begin(target, 1, { "Upload-Length": String(200e12) });
      const many = await begin(target, 90, { "Upload-Length": String(200e9) });
      await cancel(target, many);
      const quota = { bytes_stored: 1_000_000 };
      const at = "/v1/ops/producers/prd_attacker/quotas";
      const set = await askAs(target.operator, "PATCH", at, quota);
      const [beyond] = await begin(target, 1, { "Upload-Length": "2000000" });
      await askAs(target.operator, "PATCH", at, { bytes_stored: null });
      return [
        { kind: "one of", what: "200 TB", got: [huge?.status ?? null], allowed: [413, 403] },
        { kind: "one of", what: "an operator's quota", got: [set.status], allowed: [200] },
        {
          kind: "one of",
          what: "beyond it",
          got: [beyond?.code ?? null],
          allowed: ["storage_quota_exceeded"],
        },
      ];
    },
  },
  {
    name: "held-patches",
    tries: "20 uploads of 8 MiB that each hold a request with one more byte, and four more",
    run: async (target) => {
      if (!canSeeProcesses) throw new Error("This machine shows no /proc.");
      const made = await begin(target, 24, { "Upload-Defer-Length": "1" });
      const offset = 8 * 1024 * 1024 - 1000;
      const bytes = new Uint8Array(offset).fill(target.seed);
      const patch = { ...tus, "Content-Type": "application/offset+octet-stream" };
      const tails: number[] = [];
      for (const { location } of made) {
        const headers = { ...patch, "Upload-Offset": "0" };
        tails.push((await askAs(target.attacker, "PATCH", location ?? "/", bytes, headers)).status);
      }
      const before = residentBytesOf(target.workerTree());
      const held = made.slice(0, 20).map(({ location }) => hold(target, location ?? "/", offset));
      await wait(heldMs);
      const grown = residentBytesOf(target.workerTree()) - before;
      const beyond: string[] = [];
      for (const { location } of made.slice(20)) {
        const headers = { ...patch, "Upload-Offset": String(offset) };
        const answer = await askAs(
          target.attacker,
          "PATCH",
          location ?? "/",
          bytes.subarray(0, 1000),
          headers,
        );
        beyond.push(codeOf(answer));
      }
      for (const { end } of held) end();
      await cancel(target, made);
      return [
        { kind: "one of", what: "the 8 MiB", got: tails, allowed: [204] },
        { kind: "at most", what: "the Worker grew by", got: grown / 1e6, limit: 100, unit: "MB" },
        {
          kind: "one of",
          what: "requests beyond twenty",
          got: beyond,
          allowed: ["too_many_running_patches"],
        },
      ];
    },
  },
];

interface Begun {
  location: string | null;
  status: number;
  code: string;
}

async function begin(target: Target, count: number, headers: Record<string, string>): Promise<Begun[]> {
  const made: Begun[] = [];
  for (let nth = 0; nth < count; nth++) {
    const answer = await askAs(target.attacker, "POST", "/v1/uploads", undefined, { ...tus, ...headers });
    made.push({ location: answer.headers.get("Location"), status: answer.status, code: codeOf(answer) });
  }
  return made;
}

async function cancel(target: Target, made: readonly Begun[]): Promise<void> {
  for (const { location } of made) {
    if (location !== null) await askAs(target.attacker, "DELETE", location, undefined, tus);
  }
}

/** Sends one byte of a thousand and waits. */
function hold(target: Target, location: string, offset: number): { end(): void } {
  const sent = request(new URL(location, target.attacker.url).href, {
    method: "PATCH",
    headers: {
      ...{ ...tus, Authorization: `Bearer ${target.attacker.key}`, "Upload-Offset": String(offset) },
      ...{ "Content-Type": "application/offset+octet-stream", "Content-Length": "1000" },
    },
  });
  sent.on("response", (answer) => answer.resume());
  sent.on("error", () => undefined);
  sent.write("x");
  return { end: () => void sent.destroy() };
}
