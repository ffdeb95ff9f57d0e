/** `marquee assets`, `asset ID`, `retry ID`, `delete ID`, `undelete ID`. */
import { z } from "zod";
import { formatClock, formatPercent } from "../../workers/web/format/format.ts";
import { type Asset, assetSchema, callApi, readAnswer } from "../client/call-api.ts";
import type { Server } from "../client/find-server.ts";
import type { Command } from "./parse-arguments.ts";

const pageSchema = z.object({ assets: z.array(z.unknown()), next_cursor: z.string().nullish() });

/** The output of a command: with `--json` and without. */
export interface Output {
  json: unknown;
  words: string;
}

/** Runs a command on assets. @throws UserError */
export async function assetCommand(
  server: Server,
  command: Extract<Command, { name: "assets" | "asset" | "retry" | "delete" | "undelete" }>,
): Promise<Output> {
  switch (command.name) {
    case "assets": {
      const answers = await allAssets(server);
      const assets = answers.map((answer) => readAnswer(server, answer, assetSchema));
      const words = assets.length === 0 ? "No films yet." : assets.map(summaryOf).join("\n");
      return { json: answers, words };
    }
    case "asset": {
      const answer = await callApi(server, "GET", pathOf(command.id));
      return { json: answer, words: describe(readAnswer(server, answer, assetSchema)) };
    }
    case "retry": {
      const answer = await callApi(server, "POST", `${pathOf(command.id)}/retry`);
      return { json: answer, words: `${command.id} is tried again.` };
    }
    case "delete":
      await callApi(server, "DELETE", pathOf(command.id));
      return {
        json: { asset_id: command.id, status: "deleted" },
        words: `${command.id} is deleted. To take it back: npm run marquee -- undelete ${command.id}`,
      };
    case "undelete": {
      const answer = await callApi(server, "POST", `${pathOf(command.id)}/undelete`);
      return { json: answer, words: `${command.id} is back.` };
    }
  }
}

async function allAssets(server: Server): Promise<unknown[]> {
  const assets: unknown[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `?cursor=${encodeURIComponent(cursor)}`;
    const page = readAnswer(server, await callApi(server, "GET", `/v1/assets${query}`), pageSchema);
    assets.push(...page.assets);
    cursor = page.next_cursor ?? null;
  } while (cursor !== null);
  return assets;
}

function pathOf(id: string): string {
  return `/v1/assets/${encodeURIComponent(id)}`;
}

function summaryOf(asset: Asset): string {
  const duration = typeof asset.duration === "number" ? formatClock(asset.duration) : "";
  return `${asset.id}  ${asset.status.padEnd(9)}  ${duration.padStart(7)}  ${asset.title ?? asset.filename}`;
}

function describe(asset: Asset): string {
  const { error, progress, renditions, watch_url } = asset;
  const lines = [summaryOf(asset)];
  if (error !== undefined && error !== null) lines.push(`  Error: ${error.detail} (${error.code})`);
  for (const stage of progress?.stages ?? []) {
    lines.push(`  ${stage.name.padEnd(10)} ${stage.status.padEnd(9)} ${formatPercent(stage.fraction)}`);
  }
  if (typeof progress?.eta_seconds === "number" && progress.fraction < 1) {
    lines.push(`  About ${formatClock(progress.eta_seconds)} left`);
  }
  for (const { label, kind, status } of renditions ?? []) lines.push(`  ${kind} ${label}: ${status}`);
  if (asset.status === "ready" && typeof watch_url === "string") lines.push(`  Watch it: ${watch_url}`);
  return lines.join("\n");
}
