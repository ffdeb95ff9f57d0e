/** The classes of objects by which hit ratios are counted. */

const classes = [
  ["multivariant", /\/main\.m3u8$/],
  ["dash_manifest", /\.mpd$/],
  ["media_playlist", /\.m3u8$/],
  ["init", /\/init\.mp4$/],
  ["segment", /\.m4s$/],
  ["subtitle", /\.vtt$/],
  ["image", /\.jpg$/],
] as const;

/** A class of objects; `other` for those without a class of their own. */
export type ObjectClass = (typeof classes)[number][0] | "other";

/** All of them, in the order in which tables show them. */
export const objectClasses: readonly ObjectClass[] = [...classes.map(([name]) => name), "other"];

/** The class of an object by its path in the origin. */
export function objectClassOf(path: string): ObjectClass {
  return classes.find(([, name]) => name.test(path))?.[0] ?? "other";
}
