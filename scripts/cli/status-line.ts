/** One line of progress: redrawn in place on a terminal; in a log, a new line only for every tenth or new work. */

/** The stream a status line is written to. */
export interface StatusStream {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

/** See {@link statusLine}. */
export interface StatusLine {
  /** @param doing what is being done; @param fraction 0…1; @param details amounts that change all the time */
  show(doing: string, fraction: number, details: string): void;
  /** Clears the line, and leaves these words instead. */
  end(words?: string): void;
}

const barWidth = 20;
/** Not more often than this, milliseconds: drawing costs the terminal more than the upload. */
const redrawMs = 100;

/** A status line on `stream`. `clock` gives Unix milliseconds. */
export function statusLine(stream: StatusStream, clock: () => number): StatusLine {
  let drawnAt = Number.NEGATIVE_INFINITY;
  let last = "";
  const clear = () => (stream.isTTY === true && last !== "" ? stream.write("\r\u001b[2K") : undefined);
  return {
    show: (doing, fraction, details) => {
      const part = Math.min(1, Math.max(0, fraction));
      if (stream.isTTY !== true) {
        const line = `${doing} ${Math.floor(part * 10) * 10} %`;
        if (line !== last) stream.write(`${[line, details].filter((word) => word !== "").join("  ")}\n`);
        last = line;
        return;
      }
      if (clock() - drawnAt < redrawMs && part < 1) return;
      drawnAt = clock();
      const full = Math.round(part * barWidth);
      const bar = `${"█".repeat(full)}${"░".repeat(barWidth - full)}`;
      const percent = `${String(Math.floor(part * 100)).padStart(3)} %`;
      const width = (stream.columns ?? 80) - 1;
      last = [bar, percent, details, doing]
        .filter((word) => word !== "")
        .join("  ")
        .slice(0, width);
      stream.write(`\r\u001b[2K${last}`);
    },
    end: (words) => {
      clear();
      last = "";
      if (words !== undefined) stream.write(`${words}\n`);
    },
  };
}
