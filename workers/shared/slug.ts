/** Characters of the title's id at a slug's end: 12 of 5 bits each, so that two of a million titles meet once in two million libraries. */
export const slugIdCharacters = 12;

/**
 * The address of a title: its text in lower-case ASCII words joined by `-`, then the last characters of its id, so that it
 * is unique without asking the database. Never changes after creation, so links keep working when the text changes.
 */
export function slugOf(title: string, titleId: string, idCharacters: number = slugIdCharacters): string {
  const words = title
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "") // runs of other characters are one dash each by now
    .slice(0, 60)
    .replace(/-$/, "");
  const suffix = titleId.replace(/^[a-z]+_/, "").slice(-idCharacters);
  return words === "" ? suffix : `${words}-${suffix}`;
}
