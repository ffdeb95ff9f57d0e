/**
 * The address of a title: its text in lower-case ASCII words joined by `-`, then six characters of its id, so that it
 * is unique without asking the database. Never changes after creation, so links keep working when the text changes.
 */
export function slugOf(title: string, titleId: string): string {
  const words = title
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 60)
    .replace(/-+$/, "");
  const suffix = titleId.slice(-6);
  return words === "" ? suffix : `${words}-${suffix}`;
}
