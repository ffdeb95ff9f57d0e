import path from "node:path";

/** Import and export statements, side-effect imports, and dynamic imports, types among them. */
const specifiers = /(?:\bfrom\s+|\bimport\s*(?:\(\s*)?)"(\.{1,2}\/[^"?]+)"/g;

/** Files of the project and the files of the project that each one imports; paths from the project's folder. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/**
 * Reads who imports whom, counting imports of types alone.
 *
 * @param sources each file's text, by its path from the project's folder (`workers/index.ts`)
 */
export function readImports(sources: ReadonlyMap<string, string>): ImportGraph {
  return new Map(
    [...sources].map(([file, text]) => {
      const targets = [...text.matchAll(specifiers)].map(([, specifier = ""]) =>
        path.posix.join(path.posix.dirname(file), specifier),
      );
      return [file, [...new Set(targets)].filter((target) => sources.has(target))];
    }),
  );
}

/** Folds a graph of files into one of the folders that hold them. */
export function foldersOf(graph: ImportGraph): ImportGraph {
  const folders = new Map<string, Set<string>>();
  for (const [file, targets] of graph) {
    const folder = path.posix.dirname(file);
    const known = folders.get(folder) ?? new Set();
    folders.set(folder, known);
    for (const target of targets) {
      const other = path.posix.dirname(target);
      if (other !== folder) known.add(other);
    }
  }
  return new Map([...folders].map(([folder, others]) => [folder, [...others]]));
}
