const units = ["bytes", "kB", "MB", "GB", "TB"] as const;

/** A size for people, in powers of 1000 as file managers say it: `734 bytes`, `9.6 MB`, `124 MB`. */
export function sayBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const text = unit === 0 || value >= 99.5 ? value.toFixed(0) : value.toFixed(1);
  return `${text.replace(/\.0$/, "")} ${units[unit]}`;
}
