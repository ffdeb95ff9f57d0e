/** The process that takes mutants through the transcoder's tasks, one after the other: started, watched and killed by film-runner.ts. */
import { readFileSync } from "node:fs";
import { followSource, type SourceEnd } from "../../../test/support/transcoder/follow-source.ts";
import { decodeRendition, renditionReports } from "../../../test/support/transcoder/transcode-film.ts";
import { watchMemory } from "../../../test/support/transcoder/watch-memory.ts";
import { brokenRules } from "../../conformance/testing/broken-rules.ts";

/** The end of a mutant, as this process tells it. */
export interface MutantEnd {
  code: string;
  detail: string;
  /** A fault of what is called playable; null when there is none, or no film. */
  unplayable: string | null;
  toolBytes: number;
  /** Largest so far of this process. */
  processBytes: number;
}

process.on("message", (file) => void answer(String(file)));
process.on("disconnect", () => process.exit(0));

async function answer(file: string): Promise<void> {
  const memory = watchMemory();
  let end: MutantEnd;
  try {
    const source = await followSource(file);
    const unplayable = await findFault(source);
    const { code, detail } = source;
    end = { code, detail, unplayable, toolBytes: memory.stop(), processBytes: peakBytes() };
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? String(error)) : String(error);
    end = { code: "threw", detail, unplayable: null, toolBytes: memory.stop(), processBytes: peakBytes() };
  }
  process.send?.(end);
}

/** Decodes every picture of every rendition, and holds the presentation against the standard's rules. */
async function findFault({ film }: SourceEnd): Promise<string | null> {
  if (film === null) return null;
  for (const { key } of film.plan.video) {
    const { errors, frames } = decodeRendition(film.storage, renditionReports(film.reports, key));
    if (errors !== "") return `${key} does not decode: ${errors.slice(0, 500)}`;
    if (frames !== film.plan.grid.frames) return `${key} has ${frames} of ${film.plan.grid.frames} pictures`;
  }
  const [broken] = await brokenRules(film);
  return broken ?? null;
}

function peakBytes(): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
