const names = new Intl.DisplayNames("en", { type: "language" });

/**
 * The English name of a language tag (BCP 47), for example `German`; the tag where there is none. Valid tags may carry
 * extensions and private parts (`en-u-ca-buddhist`, `de-x-foo`), which no list of names takes: they go by their language.
 */
export function languageName(tag: string): string {
  return nameOf(tag) ?? nameOf(withoutExtensions(tag)) ?? tag;
}

/** The part of a tag that says the language, script, region and variants: a lone letter begins what is not (RFC 5646 §2.1). */
export function withoutExtensions(tag: string): string {
  return tag.split(/-[0-9a-z](?=-|$)/i, 1)[0] ?? tag;
}

function nameOf(tag: string): string | undefined {
  try {
    return names.of(tag);
  } catch {
    return undefined;
  }
}
