/** The forms in which one multivariant playlist is served beside its ordinary one; part of its path at the origin. */

/** See the file's comment. */
export interface PresentationForm {
  /** The secret (`kid`) that its renditions are encrypted under; null: they are clear. */
  kid: string | null;
  /** Names pathways, for viewers who have more than one. */
  isSteered: boolean;
}

/** Clear and on our own edge only. */
export const ordinaryForm: PresentationForm = { kid: null, isSteered: false };

/** The form's folder with a slash at its end; empty for the ordinary one. */
export function writeForm({ kid, isSteered }: PresentationForm): string {
  const terms = [...(kid === null ? [] : [`aes-${kid}`]), ...(isSteered ? ["steered"] : [])];
  return terms.length === 0 ? "" : `${terms.join("-")}/`;
}

/** Reads what {@link writeForm} writes; null for anything else. */
export function parseForm(folder: string): PresentationForm | null {
  const [, kid] = /^aes-([a-z0-9]{1,16})(?:-steered)?\/$/.exec(folder) ?? [];
  const form = { kid: kid ?? null, isSteered: /(^|-)steered\/$/.test(folder) };
  return writeForm(form) === folder ? form : null;
}
