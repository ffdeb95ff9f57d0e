/** The kinds of things that have an id, by prefix. */
const prefixes = {
  producer: "prd",
  apiKey: "key",
  title: "ttl",
  asset: "ast",
  upload: "upl",
  deadLetter: "ded",
  signingKey: "sgk",
} as const;

/** The letters of an id: Crockford's base 32 in lower case, without i, l, o, u. */
export const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** A new random id, for example `ast_4k2…`: 100 random bits, safe in paths, keys and SQL. */
export function newId(kind: keyof typeof prefixes): string {
  const random = crypto.getRandomValues(new Uint8Array(20));
  return `${prefixes[kind]}_${Array.from(random, (byte) => idAlphabet.charAt(byte & 31)).join("")}`;
}
