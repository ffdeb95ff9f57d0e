/** Codes that name no language (ISO 639-2): undetermined, not coded, several, none. */
const nameless = ["und", "mis", "mul", "zxx"];

/** A BCP 47 tag for what a container says, for example `eng` → `en`; null for `und` and what isn't a language. */
export function canonicalLanguage(language: string | null): string | null {
  try {
    const canonical = Intl.getCanonicalLocales(language ?? "und")[0] ?? "und";
    return nameless.includes(canonical) ? null : canonical;
  } catch {
    return null;
  }
}

/** What a language is called in English, for example `German`; null for null. */
export function languageInEnglish(language: string | null): string | null {
  return language === null
    ? null
    : (new Intl.DisplayNames("en", { type: "language" }).of(language) ?? language);
}
