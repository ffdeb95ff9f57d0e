/**
 * `npm run test:image`: builds the transcoder's image and encodes a film through it, in a container with a read-only root
 * file system, without capabilities, and not as root. Exit code 0: it works; 1: it does not; 2: it can't be tried here.
 */
import "./local/exit-with-parent.ts";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { formatBytes, formatClock } from "../workers/web/format/format.ts";
import { buildImage, lookInside } from "./image/build-image.ts";
import { runDocker } from "./image/docker.ts";
import { encodeFilm, findShortfalls } from "./image/encode-film.ts";
import { findObstacle } from "./image/find-obstacle.ts";
import { containerLog, inspectContainer, startContainer, untilHealthy } from "./image/run-container.ts";
import { demoTitle, drawDemoFilm } from "./local/demo-film.ts";
import { freePort } from "./local/free-port.ts";
import { ensureLocalSecrets, localTranscoderKey } from "./local/local-secrets.ts";
import { startStack } from "./local/stack.ts";
import { ensureTools } from "./local/tools.ts";
import { runScript, UserError } from "./local/user-error.ts";

/** A container that takes this long for a film of half a minute hangs, milliseconds. */
const patienceMs = 20 * 60_000;

await runScript(async () => {
  const ending = new AbortController();
  const { signal } = ending;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => ending.abort(new UserError("Stopped before the end.")));
  }
  const obstacle = await findObstacle(signal);
  if (obstacle !== null) {
    console.error(obstacle);
    return 2;
  }
  ensureTools("ffmpeg", "ffprobe"); // they draw the film
  try {
    await testImage(ending);
    return 0;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
});

/** Runs the whole test, and undoes all of it. @throws UserError when the image fails. */
async function testImage(ending: AbortController): Promise<void> {
  const { signal } = ending;
  await using cleanup = new AsyncDisposableStack();
  const folder = mkdtempSync(path.join(tmpdir(), "marquee-image-"));
  cleanup.defer(() => rmSync(folder, { recursive: true, force: true }));
  const container = `marquee-image-test-${randomBytes(4).toString("hex")}`;
  const image = `${container}:latest`;
  cleanup.defer(async () => void (await runDocker(["image", "rm", image])));
  const buildStartedAt = Date.now();
  const bytes = await buildImage(image, signal);
  const buildSeconds = (Date.now() - buildStartedAt) / 1000;
  console.log(`image: ${formatBytes(bytes)}, built in ${formatClock(buildSeconds)}`);

  const { ours, foreign } = await lookInside(image);
  if (ours === 0 || foreign.length > 0) {
    throw new UserError(
      `The image should hold the server and nothing private. ${ours} files in /app; these don't belong:\n${foreign.join("\n")}`,
    );
  }
  console.log(`files: ${ours} of ours; no history, no test, no secret`);

  cleanup.defer(async () => void (await runDocker(["rm", "--force", "--volumes", container])));
  ensureLocalSecrets();
  const transcoderUrl = await startContainer(image, container, await localTranscoderKey());
  let isWatched = true;
  cleanup.defer(() => {
    isWatched = false;
  });
  void runDocker(["wait", container]).then(async () => {
    const log = await containerLog(container);
    if (isWatched) ending.abort(new UserError(`The container ended by itself. Its log:\n${log}`));
  });
  await untilHealthy(transcoderUrl, signal);
  const weaknesses = await inspectContainer(container, signal);
  if (weaknesses.length > 0) throw new UserError(`The container is too free. ${weaknesses.join(" ")}`);
  console.log("container: no root, no capabilities, no new privileges, read-only root file system");

  const stack = await startStack({
    port: await freePort(),
    state: path.join(folder, "state"),
    logs: path.join(folder, "logs"),
    transcoderUrl,
    onTrouble: (line) => console.error(line),
    signal,
  });
  signal.throwIfAborted();
  if (stack === null) throw new Error("Marquee did not start.");
  cleanup.defer(() => stack.stop());
  const film = { file: await drawDemoFilm(folder, signal), title: demoTitle, folder };
  const late = setTimeout(() => {
    ending.abort(new UserError(`The film was not ready after ${formatClock(patienceMs / 1000)}.`));
  }, patienceMs);
  cleanup.defer(() => clearTimeout(late));
  const { asset, readySeconds, wholeSeconds } = await encodeFilm(stack, film, signal);
  const shortfalls = findShortfalls(asset);
  if (shortfalls.length > 0) {
    throw new UserError(
      `The film is not whole. ${shortfalls.join(" ")}\nThe container's log:\n${await containerLog(container)}`,
    );
  }
  const labels = asset.renditions?.map(({ label }) => label).join(", ");
  console.log(
    `film: ready after ${formatClock(readySeconds ?? 0)}, whole after ${formatClock(wholeSeconds)}: ${labels}`,
  );
}
