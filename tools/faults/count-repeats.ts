/**
 * How often the transcoder began a chunk that it had begun before: a line of its log each time. Tracks run beside chunks,
 * cost a second, and die with them; they are not counted. Pure.
 */
export function countRepeats(log: string): { begun: number; repeated: number } {
  const begins = [...log.matchAll(/^\S+ (\S+) video started$/gm)].map(([, taskId]) => taskId);
  return { begun: begins.length, repeated: begins.length - new Set(begins).size };
}
