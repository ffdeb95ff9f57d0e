/** Amounts as people read them: the same on pages, in the browser and on the command line. */

const byteUnits = ["bytes", "kB", "MB", "GB", "TB"] as const;
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0, useGrouping: false });
const tenths = new Intl.NumberFormat("en", { maximumFractionDigits: 1, useGrouping: false });
const steadyTenths = new Intl.NumberFormat("en", {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
  useGrouping: false,
});

/** A size in powers of 1000, as file managers show it: `734 bytes`, `9.6 MB`, `124 MB`. */
export function formatBytes(bytes: number): string {
  const { value, unit } = scaleBytes(bytes);
  return `${(unit === 0 || value >= 99.5 ? whole : tenths).format(value)} ${byteUnits[unit]}`;
}

/** A size for a line that is redrawn: `734 B`, `9.0 MB`. Its tenth stays, so that the words after it don't jump. */
export function formatSteadyBytes(bytes: number): string {
  const { value, unit } = scaleBytes(bytes);
  const number = (unit === 0 || value >= 99.95 ? whole : steadyTenths).format(value);
  return `${number} ${unit === 0 ? "B" : byteUnits[unit]}`;
}

function scaleBytes(bytes: number): { value: number; unit: number } {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit++;
  }
  return { value, unit };
}

/** A bit rate: `640 kbit/s`, `4.2 Mbit/s`. */
export function formatBitRate(bitsPerSecond: number): string {
  return bitsPerSecond < 1_000_000
    ? `${whole.format(bitsPerSecond / 1000)} kbit/s`
    : `${steadyTenths.format(bitsPerSecond / 1_000_000)} Mbit/s`;
}

/** A length: `48 s`, `12 min`, `1 h 34 min`. @param seconds 0 or more */
export function formatDuration(seconds: number): string {
  if (seconds < 59.5) return `${Math.max(Math.round(seconds), 0)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest === 0 ? "" : ` ${rest} min`}`;
}

/** A length for machines: an ISO 8601 duration, as `<time datetime>` wants it. */
export function isoDuration(seconds: number): string {
  return `PT${Math.max(Math.round(seconds), 0)}S`;
}

/** A length as a clock shows it: `0:42`, `1:02:03`. */
export function formatClock(seconds: number): string {
  const rounded = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(rounded / 60);
  if (minutes < 60) return `${minutes}:${two(rounded % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(rounded % 60)}`;
}

/** A share of the whole (0…1) in whole percent; never 100 before it is all. */
export function formatPercent(fraction: number): string {
  return `${Math.floor(fraction * 100)} %`;
}

/** The time that work still takes; nothing when that is not known. @param seconds null: unknown */
export function formatTimeLeft(seconds: number | null): string {
  if (seconds === null) return "";
  return seconds < 5 ? "a moment left" : `about ${formatDuration(seconds)} left`;
}

const relative = new Intl.RelativeTimeFormat("en", { numeric: "always" });
const date = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const dayMs = 86_400_000;
const agoUnits: readonly [unit: "day" | "hour" | "minute", ms: number][] = [
  ["day", dayMs],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** A moment before now: `3 minutes ago`; after 30 days, its date. Both are Unix milliseconds. */
export function formatAgo(then: number, now: number): string {
  const ago = Math.max(now - then, 0);
  if (ago > 30 * dayMs) return date.format(then);
  for (const [unit, ms] of agoUnits) {
    const count = Math.floor(ago / ms);
    if (count > 0) return relative.format(-count, unit);
  }
  return "just now";
}
