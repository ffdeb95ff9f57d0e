/** The folder that an encrypted rendition is served under: `k{revision}-{kid}`. It says which key opens what is in it. */

/** The revision of the asset, and the name of the secret that its keys come from. */
export interface KeyFolder {
  revision: number;
  kid: string;
}

/** The folder's name. */
export function writeKeyFolder({ revision, kid }: KeyFolder): string {
  return `k${revision}-${kid}`;
}

/** Reads the folder's name in its one right spelling; null for anything else. */
export function parseKeyFolder(name: string): KeyFolder | null {
  const [, revision, kid] = /^k([1-9][0-9]{0,9})-([a-z0-9]{1,16})$/.exec(name) ?? [];
  return revision === undefined || kid === undefined ? null : { revision: Number(revision), kid };
}
