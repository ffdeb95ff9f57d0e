/** Something in a file that looks like a real secret. */
export interface FoundSecret {
  line: number;
  kind: string;
}

const kinds: [string, RegExp][] = [
  ["producer key", /\bmqk_[\w-]{20}/],
  ["private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  // The private part of an Ed25519 JWK (RFC 8037), as signing keys are handed out.
  ["private key", /"d"\s*:\s*"[\w-]{43}"/],
  [
    "secret value",
    /\b(?:PLAYBACK_KEYS|CONTENT_KEYS|GRANT_SECRET|DEBUG_KEY|CLOUDFLARE_API_TOKEN)\s*=\s*['"]?[\w{":,+/-]{16}/,
  ],
  ["AWS access key", /\bAKIA[0-9A-Z]{16}\b/],
];

/** Finds the lines of a text that look like they hold a real secret. */
export function findSecrets(text: string): FoundSecret[] {
  return text
    .split("\n")
    .flatMap((content, index) =>
      kinds.filter(([, pattern]) => pattern.test(content)).map(([kind]) => ({ line: index + 1, kind })),
    );
}
