/** Reads the title page's form as the change that `PATCH /v1/titles/{id}` would ask for. */
import type { TitleRow } from "../../api/titles/find-titles.ts";

/** A title's territory: everywhere, only some countries, or all but some. */
export type Territory = "everywhere" | "only" | "except";

const territories: readonly Territory[] = ["everywhere", "only", "except"];

/** The form's fields as they stand on the page. */
export interface TitleForm {
  title: string;
  /** BCP 47; empty: not set. */
  language: string;
  /** Null: not in the form, because the title has its own policy. */
  territory: Territory | null;
  countries: string[];
  /** Null: not in the form. */
  encryption: "none" | "aes-128" | null;
  posterAccess: "rules" | "public" | null;
}

/** Reads the submitted form; nothing is checked yet. */
export function readTitleForm(form: URLSearchParams): TitleForm {
  const territory = form.get("territory");
  const [encryption, posterAccess] = [form.get("encryption"), form.get("poster")];
  return {
    title: form.get("title") ?? "",
    language: form.get("language") ?? "",
    territory: territories.find((known) => known === territory) ?? null,
    countries: form.getAll("country"),
    encryption: encryption === "none" || encryption === "aes-128" ? encryption : null,
    posterAccess: posterAccess === "rules" || posterAccess === "public" ? posterAccess : null,
  };
}

/** The form of a title as it is now. Both lists at once (set through the API) mean, and show as, only some countries. */
export function titleFormOf(row: TitleRow): TitleForm {
  const { allowedCountries: allowed, blockedCountries: blocked } = row;
  const { encryption, posterAccess } = row;
  const common = { title: row.title, language: row.language ?? "", encryption, posterAccess };
  if (row.hasOwnPolicy) return { ...common, territory: null, countries: [] };
  if (allowed !== null) {
    return { ...common, territory: "only", countries: allowed.filter((code) => !blocked.includes(code)) };
  }
  return { ...common, territory: blocked.length > 0 ? "except" : "everywhere", countries: blocked };
}

/** The change to be checked by `titleChanges`. */
export function changesOf(form: TitleForm): unknown {
  return {
    title: form.title,
    language: form.language === "" ? null : form.language,
    ...(form.territory === null
      ? {}
      : {
          allowed_countries: form.territory === "only" ? form.countries : null,
          blocked_countries: form.territory === "except" ? form.countries : [],
        }),
    ...(form.encryption === null ? {} : { encryption: form.encryption }),
    ...(form.posterAccess === null ? {} : { poster_access: form.posterAccess }),
  };
}
