/** A line of progress for each film. On a terminal the lines are redrawn in place; in a log each tenth is a new line. */
export interface ProgressBoard {
  /** Shows a film's progress. `fraction` of 0 to 1, or null where there is nothing to measure. */
  show(name: string, doing: string, fraction: number | null): void;
  /** Shows the end of a film's way. */
  finish(name: string, words: string): void;
}

/** The stream that a board is written to. */
export interface BoardStream {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

const barWidth = 24;

/** An empty board that writes to `stream`. */
export function progressBoard(stream: BoardStream): ProgressBoard {
  const lines = new Map<string, string>();
  let drawn = 0;
  const redraw = (finished: string | null) => {
    const up = drawn === 0 ? "" : `\u001b[${drawn}A\r\u001b[0J`;
    const width = (stream.columns ?? 100) - 1; // a wrapped line would be counted as one
    const rows = [...lines.values()].map((line) => `${line.slice(0, width)}\n`);
    stream.write(`${up}${finished === null ? "" : `${finished}\n`}${rows.join("")}`);
    drawn = rows.length;
  };
  return {
    show: (name, doing, fraction) => {
      const line = progressLine(name, doing, fraction, stream.isTTY === true);
      if (lines.get(name) === line) return;
      lines.set(name, line);
      if (stream.isTTY === true) redraw(null);
      else stream.write(`${line}\n`);
    },
    finish: (name, words) => {
      lines.delete(name);
      if (stream.isTTY === true) redraw(`${name}: ${words}`);
      else stream.write(`${name}: ${words}\n`);
    },
  };
}

/** One film's line: a bar on a terminal, whole tenths in a log so that a long film writes few lines. */
export function progressLine(
  name: string,
  doing: string,
  fraction: number | null,
  isTerminal: boolean,
): string {
  if (fraction === null) return `${name}: ${doing}`;
  const part = Math.min(1, Math.max(0, fraction));
  if (!isTerminal) return `${name}: ${doing} ${Math.floor(part * 10) * 10} %`;
  const full = Math.round(part * barWidth);
  const bar = `${"█".repeat(full)}${"░".repeat(barWidth - full)}`;
  return `${bar} ${String(Math.floor(part * 100)).padStart(3)} %  ${doing}  ${name}`;
}
