/** Judging an image by the files in it, and a container by what Linux says of its first process. */

/** The files of ours that the server needs, below /app: the package lists, the installer, and TypeScript without tests. */
const ours =
  /^(package(-lock)?\.json|scripts\/install-packages\.sh|(protocol|containers\/transcoder)\/([\w-]+\/)*[\w-]+\.ts)$/;

/** Names of files and folders that hold history, settings or secrets of the machine that built the image. */
const privateName = /^\.(git|dev\.vars|env|npmrc|wrangler|marquee|ssh|docker|aws)($|\.)/;

/**
 * Finds files that do not belong into the image.
 * @param files all absolute paths in it, without those that npm and Debian's packages brought
 */
export function findForeignFiles(files: readonly string[]): string[] {
  return files.filter((file) => {
    if (file.split("/").some((name) => privateName.test(name))) return true;
    return file.startsWith("/app/") && !ours.test(file.slice("/app/".length));
  });
}

/**
 * Finds what a container's process could do but should not.
 * @param status its /proc/PID/status, see proc_pid_status(5). @param mounts its /proc/PID/mounts. @returns a sentence each
 */
export function findWeaknesses(status: string, mounts: string): string[] {
  const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1] ?? "";
  const weaknesses: string[] = [];
  // Real, effective, saved and file system user.
  const users = field("Uid").split("\t");
  if (users.length !== 4 || users.includes("0")) weaknesses.push(`It runs as root (Uid ${users.join(" ")}).`);
  for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) {
    if (!/^0+$/.test(field(set))) weaknesses.push(`It has capabilities (${set} ${field(set)}).`);
  }
  if (field("NoNewPrivs") !== "1") weaknesses.push("Programs that it starts may gain privileges.");
  const root = mounts
    .split("\n")
    .map((line) => line.split(" "))
    .findLast(([, folder]) => folder === "/");
  if (!root?.[3]?.split(",").includes("ro")) weaknesses.push("Its root file system can be written to.");
  return weaknesses;
}
