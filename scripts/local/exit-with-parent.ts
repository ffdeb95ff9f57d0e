/**
 * Makes a child process end when its parent is gone, however that died: the IPC channel closes with the parent.
 * Loaded into children by `node --import`, and imported by scripts that `run.mjs` starts.
 */

/** Longest time that a process may take to stop by itself, milliseconds. */
const graceMs = 8_000;

if (process.connected) {
  process.on("disconnect", () => {
    process.kill(process.pid, "SIGTERM");
    setTimeout(() => process.exit(1), graceMs).unref();
  });
  process.channel?.unref();
}
