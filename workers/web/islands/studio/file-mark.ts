/** What tells a file from another between visits: its name and size. */
export function fileMark(file: { name: string; size: number }): string {
  return `${file.name}/${file.size}`;
}
