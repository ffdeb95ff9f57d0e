import { type FaultVerdict, isGood } from "./check-run.ts";

/** The table at a fault run's end. */
export function formatVerdict(verdict: FaultVerdict): string {
  const { faults, ended, wrong, lost, chunks, dangling, missing } = verdict;
  const all = Object.values(faults).reduce((sum, count) => sum + count, 0);
  const films = ended.ready + ended.errored + ended.deleted + wrong.length + lost.length;
  const rows: [string, string | number][] = [
    ...Object.entries(faults).map(([kind, count]): [string, number] => [`fault: ${kind}`, count]),
    ["faults", all],
    ["films", films],
    ["  ended ready", ended.ready],
    ["  ended errored, as they should", ended.errored],
    ["  deleted on their way", ended.deleted],
    ["  ended otherwise", wrong.length],
    ["  lost", lost.length],
    ["chunks begun", chunks.begun],
    [
      "  begun again",
      `${chunks.repeated} (at most one for each kill or damage, two for each storm: ${chunks.mayRepeat})`,
    ],
    ["dangling objects", dangling.length],
    ["published objects missing or damaged", missing.length],
    ["dead letters", verdict.deadLetters],
    ["seconds", verdict.seconds],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    ...rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    ...wrong,
    ...lost.map((one) => `lost: ${one}`),
    ...dangling.slice(0, 20).map((one) => `dangling: ${one}`),
    ...missing.slice(0, 20).map((one) => `missing: ${one}`),
    isGood(verdict) ? "Nothing was lost." : `Not as it should be. State and logs: ${verdict.kept}`,
  ].join("\n");
}
