/** Bodies that the routes take, with every member there is: what the fuzz changes. By route; the table's own example serves the others. */
import { form } from "../../support/route-access.ts";

const policy = {
  groups: { dach: ["DE", "AT", "CH"] },
  rules: [
    {
      ...{ name: "Blocked", territories: ["FR", "dach"], except: ["CH"], deny: true },
      windows: [{ opens: "2027-01-01T00:00:00Z", closes: "2027-06-01T00:00:00Z" }],
    },
    {
      ...{ name: "Small", asns: [3320], tor: false, outside_windows: "next_rule", max_height: 720 },
      ...{ max_bitrate: 3_000_000, windows: [{ opens: "2026-01-01T00:00:00Z" }] },
      ...{ audio: { allowed: ["en", "de"], default: "en" }, text: { allowed: ["en"], default: "en" } },
      rating: { label: "FSK 16", minimum_age: 16 },
    },
  ],
  default: { name: "Else", max_height: 1080 },
  unknown_country: { deny: true },
};

const title = {
  ...{ title: "A new name", language: "pt-BR", allowed_countries: ["DE", "AT"], blocked_countries: ["FR"] },
  ...{ encryption: "aes-128", poster_access: "public", allowed_origins: ["https://*.page.test"] },
  allows_native_players: false,
};

/** See above. */
export const validBodies: Readonly<Record<string, unknown>> = {
  "PATCH /v1/titles/:id": title,
  "PUT /v1/titles/:id/policy": policy,
  "PUT /v1/ops/policy": policy,
  "POST /v1/assets/:id/encode": { codecs: ["h264", "hevc", "av1"], audio: ["aac", "opus"] },
  "POST /v1/keys": { name: "laptop" },
  "POST /v1/signing-keys": {
    ...{ name: "signer" },
    public_key: { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" },
  },
  "POST /v1/ops/producers/:producer/keys": { name: "from support" },
  "PATCH /v1/ops/producers/:id/quotas": { films: 100, storage_bytes: 1e12, uploads: 20 },
  "PUT /v1/ops/pathways/:id": {
    ...{ base_url: "https://cache.test/a", priority: 3, countries: ["DE"], asns: [3320], ttl_seconds: 300 },
    enabled: true,
  },
  "POST /v1/ops/rebuild": { cursor: "e30", over: true, export: "2027-01-01" },
  "POST /v1/playback": { title: "{slug}", max_height: 720, audio: "de", text: "off" },
  "POST /v1/playback/refresh": { playback_url: "https://marquee.test/v/{token}/main.m3u8?audio=de" },
  "POST /studio/titles/:id": form({
    ...{ title: "Taken", language: "de", allowed_countries: "DE", blocked_countries: "FR" },
    ...{ encryption: "aes-128", poster_access: "rules", allowed_origins: "https://page.test", version: "0" },
  }),
  "POST /studio/titles/:id/policy": form({
    policy: JSON.stringify(policy),
    version: "0",
    as: "DE",
    on: "2027-01-01",
  }),
  "POST /studio/sign-in": form({ key: "{bearer}" }),
};
