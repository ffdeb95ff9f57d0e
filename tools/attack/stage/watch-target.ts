/** Looks at the transcoder from outside while something happens to it. */
import { residentBytesOf } from "./process-tree.ts";
import type { Target } from "./target.ts";

/** What was seen. */
export interface Watched {
  /** The longest time without a healthy answer, milliseconds. */
  longestSilenceMs: number;
  /** The most memory of its process tree, bytes; 0 where there is no /proc. */
  mostBytes: number;
  /** How often it ended. */
  deaths: number;
}

const everyMs = 250;
const answerMs = 5_000;

/** Starts looking. `stop` tells what was seen until then. */
export function watchTarget(target: Target): { stop(): Watched } {
  const deathsBefore = target.deaths("transcoder");
  let lastAnswer = Date.now();
  const seen = { longestSilenceMs: 0, mostBytes: 0 };
  const sample = (): void => {
    seen.longestSilenceMs = Math.max(seen.longestSilenceMs, Date.now() - lastAnswer);
    seen.mostBytes = Math.max(seen.mostBytes, residentBytesOf(target.transcoderTree()));
  };
  let isAsking = false;
  const ask = async (): Promise<void> => {
    if (isAsking) return;
    isAsking = true;
    try {
      const response = await fetch(`${target.transcoderUrl()}/healthz`, {
        signal: AbortSignal.timeout(answerMs),
      });
      await response.arrayBuffer();
      if (response.ok) lastAnswer = Date.now();
    } catch {
      // no answer: the silence goes on
    } finally {
      isAsking = false;
    }
  };
  const timer = setInterval(() => {
    sample();
    void ask();
  }, everyMs);
  return {
    stop: () => {
      clearInterval(timer);
      sample();
      return { ...seen, deaths: target.deaths("transcoder") - deathsBefore };
    },
  };
}
