/** A length for people: `48 s`, `12 min`, `1 h 34 min`. @param seconds 0 or more */
export function sayDuration(seconds: number): string {
  if (seconds < 59.5) return `${Math.max(Math.round(seconds), 0)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest === 0 ? "" : ` ${rest} min`}`;
}

/** The same for machines: an ISO 8601 duration, as `<time datetime>` wants it. */
export function isoDuration(seconds: number): string {
  return `PT${Math.max(Math.round(seconds), 0)}S`;
}
