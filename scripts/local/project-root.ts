import path from "node:path";

/** The repository's folder. */
export const projectRoot = path.join(import.meta.dirname, "../..");
