/**
 * Gives names that differ from each other, because players list tracks by name and HLS wants NAME to be unique in a
 * group (RFC 8216 §4.3.4.1). Quotes and line breaks can't stand in a playlist and go.
 */
export function distinctNames(wanted: string[]): string[] {
  const used = new Map<string, number>();
  return wanted.map((text) => {
    const name = text.replaceAll(/["\r\n]/g, "");
    const count = (used.get(name) ?? 0) + 1;
    used.set(name, count);
    return count === 1 ? name : `${name} ${count}`;
  });
}
