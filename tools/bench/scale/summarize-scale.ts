/** Figures of libraries of several sizes, side by side, and what a day of them costs. */

/** One figure: something that was asked in a library of so many titles. */
export interface ScaleFigure {
  titles: number;
  /** `page`: warm; `cold`: the same for an isolate and a cache that hold nothing; `search`: one that no cache answers. */
  kind: "page" | "cold" | "search" | "list" | "cron" | "claim" | "size";
  name: string;
  statements?: number;
  rowsRead?: number;
  rowsWritten?: number;
  sqlMs?: number;
  /** Of the answer; of `size`: what a title takes in D1. */
  bytes: number;
}

/** Prices of D1 beyond what a plan includes, dollars a row (Cloudflare D1, pricing). */
const dollars = { rowRead: 1e-9, rowWritten: 1e-6 };

/** How often a day it is asked, by kind: a busy service, of which viewers' pages are the most. */
const perDay = { page: 1_000_000, cold: 50_000, search: 50_000, list: 200_000, cron: 1440, claim: 500_000 };

/** The most rows that one of a kind may read, in a library of any size (docs/operations.md). */
const mostRows = { page: 0, cold: 60, search: 5000, list: 300, cron: null, claim: 50, size: null };

/** A figure that grows by more than this with the library is marked. */
const growth = 1.2;

/** Rows that a figure may differ by, because of where pages begin. */
const slack = 60;

/** One line of the table: the same question in each library. */
export interface ScaleRow {
  kind: ScaleFigure["kind"];
  name: string;
  figures: ScaleFigure[];
  /** True when it reads more than its kind may in the largest library. */
  isOver: boolean;
  /** True when it reads more in the largest library than in the smallest. */
  grows: boolean;
  dollarsPerDay: number;
}

/** Puts figures of the same name together, in order of size. */
export function summarizeScale(figures: ScaleFigure[]): ScaleRow[] {
  const rows = Map.groupBy(figures, ({ kind, name }) => `${kind} ${name}`);
  return [...rows.values()].map((found) => {
    const sorted = found.toSorted((a, b) => a.titles - b.titles);
    const [least, most] = [sorted[0], sorted.at(-1)];
    const { kind = "page", name = "", rowsRead = 0, rowsWritten = 0 } = most ?? {};
    const asked = kind === "size" ? 0 : perDay[kind];
    return {
      ...{ kind, name, figures: sorted },
      isOver: rowsRead > (mostRows[kind] ?? Number.POSITIVE_INFINITY),
      // A small library has few hits to rank; their number is bounded instead.
      grows: kind !== "search" && rowsRead > growth * (least?.rowsRead ?? 0) + slack,
      dollarsPerDay: asked * (rowsRead * dollars.rowRead + rowsWritten * dollars.rowWritten),
    };
  });
}

/** The rows as a table for people. */
export function writeScale(rows: ScaleRow[]): string {
  const sizes = rows[0]?.figures.map(({ titles }) => titles) ?? [];
  const lines = [
    `D1, rows read (statements; SQL ms; kB answered), at ${sizes.map((n) => n.toLocaleString("en")).join(" / ")} titles`,
    "",
  ];
  for (const { kind, name, figures, grows, isOver } of rows) {
    if (kind === "size") continue;
    const cells = figures.map(
      ({ rowsRead = 0, statements = 0, sqlMs = 0, bytes }) =>
        `${rowsRead} (${statements}; ${sqlMs}; ${(bytes / 1000).toFixed(1)})`,
    );
    lines.push(
      `  ${kind.padEnd(6)} ${name.padEnd(34)} ${cells.map((cell) => cell.padEnd(26)).join(" ")}${isOver ? "  too much" : ""}${grows ? "  grows" : ""}`,
    );
  }
  const size = rows.find(({ kind }) => kind === "size")?.figures.at(-1);
  if (size !== undefined) {
    const fit = Math.floor(10e6 / size.bytes) * 1000;
    lines.push("", `A title takes ${size.bytes} bytes: 10 GB hold ${fit.toLocaleString("en")}.`);
  }
  lines.push("", `A day at ${(sizes.at(-1) ?? 0).toLocaleString("en")} titles, D1 only:`);
  for (const [kind, times] of Object.entries(perDay)) {
    const own = rows.filter((row) => row.kind === kind);
    const sum = own.reduce((total, { dollarsPerDay }) => total + dollarsPerDay, 0);
    lines.push(`  ${kind.padEnd(6)} ${times.toLocaleString("en").padStart(9)} of each: $${sum.toFixed(2)}`);
  }
  return lines.join("\n");
}
