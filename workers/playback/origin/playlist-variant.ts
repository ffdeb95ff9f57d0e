/** The variants of one multivariant playlist, as part of its path at the origin. */

/** A variant: encrypted or clear, with other pathways or without. */
export interface PlaylistVariant {
  /** The secret (`kid`) that its renditions are encrypted under; null: they are clear. */
  kid: string | null;
  /** Names pathways, for viewers who have more than one. */
  isSteered: boolean;
}

/** Clear and on our own edge only. */
export const plainVariant: PlaylistVariant = { kid: null, isSteered: false };

/** The variant's folder with a slash at its end; empty for the plain one. */
export function writeVariant({ kid, isSteered }: PlaylistVariant): string {
  const terms = [...(kid === null ? [] : [`aes-${kid}`]), ...(isSteered ? ["steered"] : [])];
  return terms.length === 0 ? "" : `${terms.join("-")}/`;
}

/** Reads a folder of {@link writeVariant}; null for anything else. */
export function parseVariant(folder: string): PlaylistVariant | null {
  const [, kid] = /^aes-([a-z0-9]{1,16})(?:-steered)?\/$/.exec(folder) ?? [];
  const variant = { kid: kid ?? null, isSteered: /(^|-)steered\/$/.test(folder) };
  return writeVariant(variant) === folder ? variant : null;
}
