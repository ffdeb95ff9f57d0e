import type { ImportGraph } from "./read-imports.ts";

/** The modules that all others of the Worker rest on: they import nothing of the modules above them. */
const ground = ["workers/catalog", "workers/safety", "workers/http", "workers/hls", "workers/shared"];

/**
 * The layers, and what each may import besides itself. A file belongs to the longest path that begins its own.
 * Dependencies point one way: pages and API → playback, pipeline, ingest → safety → catalog, http, hls, shared.
 */
export const layers: Readonly<Record<string, readonly string[] | "everything">> = {
  protocol: [],
  "workers/shared": [],
  "workers/hls": [],
  "workers/catalog": ["workers/shared"],
  "workers/safety": ["workers/catalog", "workers/shared"],
  "workers/http": ["workers/catalog", "workers/shared"],
  "workers/faults": ["workers/shared"],
  "workers/ingest": ground,
  "workers/pipeline": [...ground, "workers/ingest", "workers/publisher", "protocol"],
  "workers/playback": ground,
  "workers/publisher": [...ground, "workers/playback"],
  "workers/backup": [...ground, "workers/ingest", "protocol"],
  "workers/api": [
    ...[...ground, "workers/ingest", "workers/pipeline", "workers/playback", "protocol"],
    ...["workers/publisher", "workers/backup"],
  ],
  "workers/web/format": ["workers/shared"],
  "workers/web": [
    "workers/web/format",
    ...[...ground, "workers/ingest", "workers/pipeline", "workers/playback", "workers/api", "protocol"],
    "workers/publisher",
  ],
  "workers/app.ts": [
    ...[...ground, "workers/ingest", "workers/pipeline", "workers/playback", "workers/api", "workers/web"],
  ],
  "workers/index.ts": [
    "workers/app.ts",
    ...[...ground, "workers/ingest", "workers/pipeline", "workers/playback", "workers/api", "workers/web"],
    ...["workers/publisher", "workers/backup", "workers/faults"],
  ],
  "containers/transcoder": ["protocol"],
  scripts: ["workers/shared", "workers/web/format"],
  tools: "everything",
  test: "everything",
};

/** Finds imports that no layer's list allows. @returns a sentence each */
export function findForbiddenImports(graph: ImportGraph): string[] {
  return [...graph].flatMap(([file, targets]) => {
    const layer = layerOf(file);
    if (layer === undefined) return [`${file} lies in no layer. Name its folder in scripts/check/layers.ts.`];
    const allowed = layers[layer] ?? [];
    if (allowed === "everything") return [];
    return targets
      .filter((target) => layerOf(target) !== layer && !allowed.includes(layerOf(target) ?? ""))
      .map((target) => `${file} imports ${target}: ${layer} may import ${allowed.join(", ") || "nothing"}.`);
  });
}

function layerOf(file: string): string | undefined {
  return Object.keys(layers)
    .filter((layer) => file === layer || file.startsWith(`${layer}/`))
    .sort((a, b) => b.length - a.length)[0];
}
