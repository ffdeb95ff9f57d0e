/** How often the transcoder began a chunk or a track that it had begun before: a line of its log each time. Pure. */
export function countRepeats(log: string): { begun: number; repeated: number } {
  const begins = [...log.matchAll(/^\S+ (\S+) (?:video|audio) started$/gm)].map(([, taskId]) => taskId);
  return { begun: begins.length, repeated: begins.length - new Set(begins).size };
}
