/**
 * `npm start [-- film.mp4 …]`: all of Marquee on this machine, until Ctrl-C.
 * PORT (default 8787) is the port of its pages; MARQUEE_STATE (default .wrangler/state) is the folder that keeps everything;
 * MARQUEE_ORIGIN (default none) is the address of a proxy before it.
 */
import "./local/exit-with-parent.ts";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { demoTitle, drawDemoFilm } from "./local/demo-film.ts";
import { projectRoot } from "./local/project-root.ts";
import { type Stack, startStack } from "./local/stack.ts";
import { ensureTools } from "./local/tools.ts";
import { runScript, UserError } from "./local/user-error.ts";
import { progressBoard } from "./start/progress-board.ts";
import { filmsOf, isLibraryEmpty, uploadFilms } from "./start/upload-films.ts";

await runScript(async () => {
  // npm runs scripts in the project's folder; INIT_CWD is where the person typed the names.
  const films = filmsOf(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
  const port = chosenPort(process.env.PORT);
  const origin = chosenOrigin(process.env.MARQUEE_ORIGIN);
  const state = path.resolve(process.env.MARQUEE_STATE || path.join(projectRoot, ".wrangler/state"));
  const logs = path.join(projectRoot, ".marquee/logs");
  ensureTools("ffmpeg", "ffprobe");

  const leaving = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => leaving.abort());
  const left = new Promise<void>((resolve) => leaving.signal.addEventListener("abort", () => resolve()));

  console.log("Starting Marquee…");
  const stack = await startStack({
    ...{ port, state, logs, signal: leaving.signal, onTrouble: tell },
    ...(origin === null ? {} : { origin }),
  });
  if (stack === null) return 0;
  writeLocalServer(stack);
  console.log(welcome(stack, logs));
  const work = uploadAll(stack, films, state, leaving.signal).catch((error: unknown) => {
    if (!leaving.signal.aborted) tell(error instanceof UserError ? error.message : String(error));
  });
  await left;
  console.log("\nStopping…");
  await Promise.all([stack.stop(), work]);
  return 0;

  function tell(line: string): void {
    if (!leaving.signal.aborted) console.error(line);
  }
});

function chosenPort(text: string | undefined): number {
  const port = Number(text || 8787);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new UserError(`PORT is ${text}, which is not a port. Choose one from 1 to 65535, or leave it out.`);
  }
  return port;
}

function chosenOrigin(text: string | undefined): string | null {
  if (text === undefined || text === "") return null;
  if (URL.parse(text)?.origin === text && /^https?:/.test(text)) return text;
  throw new UserError(
    `MARQUEE_ORIGIN is ${text}, which is no web origin. Write it like https://films.example, or leave it out.`,
  );
}

/** Writes down the newest server and its key for the command line (`npm run marquee`). */
function writeLocalServer({ url, key }: Stack): void {
  mkdirSync(path.join(projectRoot, ".marquee"), { recursive: true });
  const file = path.join(projectRoot, ".marquee/local.json");
  writeFileSync(file, `${JSON.stringify({ url, key })}\n`, { mode: 0o600 });
}

function welcome({ url, key }: Stack, logs: string): string {
  return `
  Marquee is running.

    Watch          ${url}/
    Studio         ${url}/studio
    Producer key   ${key}
    Logs           ${path.relative(process.cwd(), logs) || logs}/
    Stop           Ctrl-C
`;
}

async function uploadAll(
  server: Stack,
  films: ReturnType<typeof filmsOf>,
  state: string,
  signal: AbortSignal,
): Promise<void> {
  const board = progressBoard(process.stdout);
  const context = { server, uploads: path.join(state, "uploads"), board, signal };
  if (films.length > 0) return await uploadFilms(films, context);
  if (!(await isLibraryEmpty(server))) return;
  board.show(demoTitle, "drawing a demo film for the empty library", null);
  const file = await drawDemoFilm(state, signal);
  await uploadFilms([{ file, title: demoTitle }], context);
}
