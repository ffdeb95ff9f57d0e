const steps: readonly [unit: string, ms: number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** How long ago something was, for people: `3 minutes ago`; after 30 days, the date. Both are Unix milliseconds. */
export function sayAgo(then: number, now: number): string {
  const ago = Math.max(now - then, 0);
  if (ago > 30 * 86_400_000) {
    return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" }).format(then);
  }
  for (const [unit, ms] of steps) {
    const count = Math.floor(ago / ms);
    if (count > 0) return `${count} ${unit}${count === 1 ? "" : "s"} ago`;
  }
  return "just now";
}
