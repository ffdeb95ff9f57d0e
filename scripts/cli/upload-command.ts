/** `marquee upload FILE`. */
import { statSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { z } from "zod";
import { formatClock, formatPercent, formatSteadyBytes } from "../../workers/web/format/format.ts";
import { type Asset, callApi, readAnswer } from "../client/call-api.ts";
import type { Server } from "../client/find-server.ts";
import { type SentFile, uploadFile } from "../client/upload-file.ts";
import { uploadStore, uploadStoreFolder } from "../client/upload-store.ts";
import { waitForAsset } from "../client/wait-for-asset.ts";
import { UserError } from "../local/user-error.ts";
import type { Command } from "./parse-arguments.ts";
import { type StatusLine, statusLine } from "./status-line.ts";
import { addSample, rateOf, type Sample } from "./transfer-rate.ts";

/** The signal's reason when the user presses Ctrl-C. */
export class Interrupted extends Error {}

/**
 * Uploads a film, and with `--wait` stays until it can be watched.
 * @returns the line of JSON that `--json` prints, what to print without it, and the exit code
 * @throws UserError; {@link Interrupted} with what becomes of the film
 */
export async function uploadCommand(
  server: Server,
  command: Extract<Command, { name: "upload" }>,
  signal: AbortSignal,
): Promise<{ json: unknown; words: string; exitCode: number }> {
  const file = await regularFile(path.resolve(process.env.INIT_CWD ?? process.cwd(), command.file));
  await callApi(server, "GET", "/v1/uploads?limit=1"); // finds a wrong key or server before anything is sent
  const line = statusLine(process.stderr, Date.now);
  try {
    const sent = await send(server, file, command, line, signal);
    if (!command.wait) {
      line.end();
      const words = `Uploaded as ${sent.asset_id}. Follow it: npm run marquee -- asset ${sent.asset_id}`;
      return { json: { ...sent, status: "waiting" }, words, exitCode: 0 };
    }
    const asset = await prepare(server, sent, line, signal);
    line.end();
    if (asset.status === "errored") {
      const error = asset.error ?? { code: "unknown_error", detail: "The server gave no reason." };
      console.error(`The film could not be prepared: ${error.detail} (${error.code})`);
      return { json: { ...sent, status: asset.status, error }, words: "", exitCode: 1 };
    }
    const playback_url = asset.playback_url ?? (await askPlaybackUrl(server, asset.title_id));
    const watch_url = asset.watch_url ?? null;
    return {
      json: { ...sent, status: asset.status, watch_url, playback_url },
      words: `Ready. Watch it: ${watch_url ?? playback_url}`,
      exitCode: 0,
    };
  } finally {
    line.end();
  }
}

async function send(
  server: Server,
  file: string,
  { title, language }: Extract<Command, { name: "upload" }>,
  line: StatusLine,
  signal: AbortSignal,
): Promise<SentFile> {
  const metadata = {
    filename: path.basename(file),
    ...(title === undefined ? {} : { title }),
    ...(language === undefined ? {} : { language }),
  };
  let samples: Sample[] = [];
  let fraction = 0;
  const onProgress = (bytes: number, total: number) => {
    samples = addSample(samples, { at: Date.now(), bytes });
    const rate = rateOf(samples);
    fraction = total === 0 ? 1 : bytes / total;
    const amounts = `${formatSteadyBytes(bytes)} of ${formatSteadyBytes(total)}`;
    const speed = rate === null ? "" : `  ${formatSteadyBytes(rate)}/s`;
    const left = rate === null || rate === 0 ? "" : `  ${formatClock((total - bytes) / rate)} left`;
    line.show(`Uploading ${path.basename(file)}`, fraction, `${amounts}${speed}${left}`);
  };
  const store = uploadStore(uploadStoreFolder(process.env, homedir()));
  try {
    return await uploadFile(server, { file, metadata }, store, onProgress, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Interrupted(
      `Stopped at ${formatPercent(fraction)}. Run the same command again to go on from there.`,
    );
  }
}

async function prepare(
  server: Server,
  sent: SentFile,
  line: StatusLine,
  signal: AbortSignal,
): Promise<Asset> {
  const onChange = ({ progress, status }: Asset) => {
    if (progress === undefined || progress === null || status === "errored") return;
    const running = progress.stages.filter((stage) => stage.status === "running");
    const doing =
      running.length === 0 ? "Preparing" : `Preparing: ${running.map(({ name }) => name).join(", ")}`;
    const left = typeof progress.eta_seconds === "number" ? `${formatClock(progress.eta_seconds)} left` : "";
    line.show(doing, progress.fraction, left);
  };
  try {
    return await waitForAsset(server, sent.asset_id, onChange, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Interrupted(
      `The film is uploaded and goes on by itself. Follow it: npm run marquee -- asset ${sent.asset_id}`,
    );
  }
}

async function regularFile(file: string): Promise<string> {
  let stats: ReturnType<typeof statSync>;
  try {
    stats = statSync(file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR")
      throw new UserError(`There is no file ${file}.`, "file_not_found");
    throw new UserError(`${file} can't be read${code === undefined ? "" : ` (${code})`}.`, "file_unreadable");
  }
  if (stats.isDirectory()) throw new UserError(`${file} is a folder. Name a film in it.`, "file_is_folder");
  if (!stats.isFile()) throw new UserError(`${file} is not a regular file.`, "file_unreadable");
  return realpath(file);
}

async function askPlaybackUrl(server: Server, title: string): Promise<string> {
  const answer = await callApi(server, "POST", "/v1/playback", { title });
  return readAnswer(server, answer, z.object({ playback_url: z.string() })).playback_url;
}
