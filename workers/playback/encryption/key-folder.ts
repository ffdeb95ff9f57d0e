/**
 * The folder that an encrypted rendition is served under: `k{revision}-{kid}-{assetId}`. It names the key to its files, and
 * their film, so that caches that leave the token out of their keys still tell films apart.
 */

/** The revision of the asset, and the name of the secret that its keys come from. */
export interface KeyFolder {
  assetId: string;
  revision: number;
  kid: string;
}

/** The folder's name. */
export function writeKeyFolder({ assetId, revision, kid }: KeyFolder): string {
  return `k${revision}-${kid}-${assetId}`;
}

/** Reads the folder's name in its one right spelling; null for anything else. */
export function parseKeyFolder(name: string): KeyFolder | null {
  const [, revision, kid, assetId] =
    /^k([1-9][0-9]{0,9})-([a-z0-9]{1,16})-(ast_[0-9a-z]{1,64})$/.exec(name) ?? [];
  if (revision === undefined || kid === undefined || assetId === undefined) return null;
  return { assetId, revision: Number(revision), kid };
}
