/** Files that an end-to-end test runs besides its own imports: the whole service. */
const product =
  /^(workers|protocol|containers|migrations|scripts\/local|package-lock\.json|wrangler\.toml)\b/;

/** A run of vitest: the arguments after `vitest run`. */
export type PlannedRun = readonly string[];

const endToEnd = ["--project", "end-to-end"];
const modules = ["--project", "workers", "--project", "node"];

/**
 * Divides the tests into runs that go on at the same time. End-to-end tests mostly wait for films to play, and leave
 * the processors to the others. Whoever chooses tests by arguments gets the one run that they describe.
 *
 * @param args of `npm test`; `--changed [commit]` alone runs what the changed files can touch
 * @param changedFiles files that differ from that commit, from the project's folder; read with `--changed` only
 */
export function planRuns(args: readonly string[], changedFiles: () => readonly string[]): PlannedRun[] {
  if (args.length === 0) return [endToEnd, modules];
  if (args[0] !== "--changed" || args.length > 2) return [args];
  const files = changedFiles();
  const tests = files.filter((file) => /^test\/end-to-end\/.*\.test\.ts$/.test(file));
  const ownRun = [...modules, "--passWithNoTests", ...args];
  if (files.some((file) => product.test(file) && !/\.test\.tsx?$/.test(file))) return [endToEnd, ownRun];
  return tests.length > 0 ? [[...endToEnd, ...tests], ownRun] : [ownRun];
}
