/** Who may use which route, and a request to try it with. authorisation.test.ts holds this against the router. */

/**
 * Who may use a route. `everyone`: no key, and none would change the answer. `token`, `grant`: the path itself opens it.
 * `producer`, `operator`: by key or by cookie. `studio`, `ops`: pages, by cookie.
 */
export type Access = "everyone" | "token" | "grant" | "producer" | "operator" | "studio" | "ops";

/** A route, and a request that it would answer. */
export interface Route {
  access: Access;
  /** With `{asset}` and the like in the place of things of the owner's. */
  path: string;
  /** Of a route that takes any method: those to try. */
  methods?: string[];
  body?: unknown;
  headers?: Record<string, string>;
}

/** The headers of a new upload. */
export const tus = { "Tus-Resumable": "1.0.0", "Upload-Length": "10", "Upload-Offset": "0" };
const bytes = { ...tus, "Content-Type": "application/offset+octet-stream" };
/** For a policy whatever its version is. */
export const anyVersion = { "If-Match": "*" };
/** A policy without rules. */
export const noRules = { rules: [] };
/** A form's body. */
export const form = (fields: Record<string, string>) => new URLSearchParams(fields);

/** Every route of the router by its name (see `routeNames`), and who may use it. */
export const routeAccess: Record<string, Route> = {
  "ALL /v1/uploads": { access: "producer", path: "/v1/uploads", methods: ["POST", "GET"], headers: tus },
  "ALL /v1/uploads/:id": {
    ...{ access: "producer", path: "/v1/uploads/{upload}", headers: bytes },
    methods: ["HEAD", "GET", "PATCH", "DELETE"],
  },
  "GET /v1/account": { access: "producer", path: "/v1/account" },
  "GET /v1/assets": { access: "producer", path: "/v1/assets" },
  "GET /v1/assets/:id": { access: "producer", path: "/v1/assets/{asset}" },
  "GET /v1/assets/:id/proof": { access: "producer", path: "/v1/assets/{asset}/proof" },
  "POST /v1/assets/:id/retry": { access: "producer", path: "/v1/assets/{asset}/retry" },
  "POST /v1/assets/:id/encode": {
    ...{ access: "producer", path: "/v1/assets/{asset}/encode", body: { codecs: ["h264"] } },
  },
  "DELETE /v1/assets/:id": { access: "producer", path: "/v1/assets/{asset}" },
  "POST /v1/assets/:id/undelete": { access: "producer", path: "/v1/assets/{deletedAsset}/undelete" },
  "GET /v1/titles": { access: "producer", path: "/v1/titles" },
  "GET /v1/titles/:id": { access: "producer", path: "/v1/titles/{title}" },
  "PATCH /v1/titles/:id": { access: "producer", path: "/v1/titles/{title}", body: { title: "Taken" } },
  "POST /v1/titles/:id/undelete": { access: "producer", path: "/v1/titles/{deletedTitle}/undelete" },
  "GET /v1/titles/:id/policy": { access: "producer", path: "/v1/titles/{title}/policy" },
  "PUT /v1/titles/:id/policy": {
    ...{ access: "producer", path: "/v1/titles/{title}/policy", body: noRules, headers: anyVersion },
  },
  "DELETE /v1/titles/:id/policy": {
    ...{ access: "producer", path: "/v1/titles/{ruledTitle}/policy", headers: anyVersion },
  },
  "GET /v1/titles/:id/policy/versions": { access: "producer", path: "/v1/titles/{title}/policy/versions" },
  "GET /v1/titles/:id/policy/explain": {
    ...{ access: "producer", path: "/v1/titles/{title}/policy/explain?country=DE" },
  },
  "GET /v1/keys": { access: "producer", path: "/v1/keys" },
  "POST /v1/keys": { access: "producer", path: "/v1/keys", body: {} },
  "DELETE /v1/keys/:id": { access: "producer", path: "/v1/keys/{key}" },
  "GET /v1/signing-keys": { access: "producer", path: "/v1/signing-keys" },
  "POST /v1/signing-keys": { access: "producer", path: "/v1/signing-keys", body: {} },
  "DELETE /v1/signing-keys/:kid": { access: "producer", path: "/v1/signing-keys/{signingKey}" },

  "GET /v1/ops/alarms": { access: "operator", path: "/v1/ops/alarms" },
  "POST /v1/ops/alarms/:code/end": { access: "operator", path: "/v1/ops/alarms/{alarm}/end" },
  "POST /v1/ops/epoch/adopt": { access: "operator", path: "/v1/ops/epoch/adopt" },
  "GET /v1/ops/unknown-objects": { access: "operator", path: "/v1/ops/unknown-objects" },
  "GET /v1/ops/gauges": { access: "operator", path: "/v1/ops/gauges" },
  "GET /v1/ops/pathways": { access: "operator", path: "/v1/ops/pathways" },
  "GET /v1/ops/pathways/:id": { access: "operator", path: "/v1/ops/pathways/{pathway}" },
  "PUT /v1/ops/pathways/:id": {
    ...{ access: "operator", path: "/v1/ops/pathways/{pathway}" },
    body: { base_url: "https://cache.test", priority: -1 },
  },
  "DELETE /v1/ops/pathways/:id": { access: "operator", path: "/v1/ops/pathways/{pathway}" },
  "GET /v1/ops/policy": { access: "operator", path: "/v1/ops/policy" },
  "PUT /v1/ops/policy": {
    ...{ access: "operator", path: "/v1/ops/policy", body: noRules, headers: anyVersion },
  },
  "GET /v1/ops/policy/versions": { access: "operator", path: "/v1/ops/policy/versions" },
  "POST /v1/ops/rebuild": { access: "operator", path: "/v1/ops/rebuild", body: {} },
  "GET /v1/ops/producers/:producer/keys": { access: "operator", path: "/v1/ops/producers/{producer}/keys" },
  "POST /v1/ops/producers/:producer/keys": {
    ...{ access: "operator", path: "/v1/ops/producers/{producer}/keys", body: {} },
  },
  "DELETE /v1/ops/producers/:producer/keys/:id": {
    ...{ access: "operator", path: "/v1/ops/producers/{producer}/keys/{key}" },
  },
  "GET /v1/ops/producers/:producer/signing-keys": {
    ...{ access: "operator", path: "/v1/ops/producers/{producer}/signing-keys" },
  },
  "DELETE /v1/ops/producers/:producer/signing-keys/:kid": {
    ...{ access: "operator", path: "/v1/ops/producers/{producer}/signing-keys/{signingKey}" },
  },
  "GET /v1/ops/keys": { access: "operator", path: "/v1/ops/keys" },
  "GET /v1/ops/dead-letters": { access: "operator", path: "/v1/ops/dead-letters" },
  "POST /v1/ops/dead-letters/:id/rerun": {
    ...{ access: "operator", path: "/v1/ops/dead-letters/{letter}/rerun" },
  },
  "GET /v1/ops/producers/:id": { access: "operator", path: "/v1/ops/producers/{producer}" },
  "PATCH /v1/ops/producers/:id/quotas": {
    ...{ access: "operator", path: "/v1/ops/producers/{producer}/quotas", body: { films: 10 } },
  },
  "GET /v1/ops/scrub": { access: "operator", path: "/v1/ops/scrub" },
  "POST /v1/ops/republish": { access: "operator", path: "/v1/ops/republish" },
  "GET /v1/ops/cache": { access: "operator", path: "/v1/ops/cache" },

  "POST /v1/playback": { access: "everyone", path: "/v1/playback", body: { title: "none" } },
  "ALL /v1/playback": { access: "everyone", path: "/v1/playback", methods: ["GET"] },
  "POST /v1/playback/refresh": {
    ...{ access: "everyone", path: "/v1/playback/refresh", body: { playback_url: "none" } },
  },
  "ALL /v1/playback/refresh": { access: "everyone", path: "/v1/playback/refresh", methods: ["GET"] },
  "GET /healthz": { access: "everyone", path: "/healthz" },
  "GET /livez": { access: "everyone", path: "/livez" },
  "GET /images/:asset/:rendition/:file": { access: "everyone", path: "/images/ast_none/p/poster-640.jpg" },
  "ALL /images/*": { access: "everyone", path: "/images/none", methods: ["POST"] },
  "GET /": { access: "everyone", path: "/" },
  "GET /watch/:slug": { access: "everyone", path: "/watch/none" },

  "GET /v/:token/main.m3u8": { access: "token", path: "/v/{token}/main.m3u8" },
  "GET /v/:token/manifest.mpd": { access: "token", path: "/v/{token}/manifest.mpd" },
  "GET /v/:token/session.json": { access: "token", path: "/v/{token}/session.json" },
  "GET /v/:token/steering.json": { access: "token", path: "/v/{token}/steering.json" },
  "GET /v/:token/:rendition/:file": { access: "token", path: "/v/{token}/v720p-0123456789/init.mp4" },
  "GET /v/:token/:rendition/:folder/:file": {
    ...{ access: "token", path: "/v/{token}/v720p-0123456789/k1-c2-{asset}/segments-00000.key" },
  },
  "ALL /v/*": { access: "everyone", path: "/v/none", methods: ["GET", "POST"] },
  "ALL /internal/:grant/*": {
    ...{ access: "grant", path: "/internal/none/source", methods: ["GET", "PUT", "POST"] },
  },

  "GET /studio": { access: "studio", path: "/studio" },
  "GET /studio/account": { access: "studio", path: "/studio/account" },
  "GET /studio/deleted": { access: "studio", path: "/studio/deleted" },
  "GET /studio/assets/:id": { access: "studio", path: "/studio/assets/{asset}" },
  "POST /studio/assets/:id/retry": { access: "studio", path: "/studio/assets/{asset}/retry" },
  "POST /studio/assets/:id/delete": { access: "studio", path: "/studio/assets/{asset}/delete" },
  "POST /studio/assets/:id/undelete": { access: "studio", path: "/studio/assets/{deletedAsset}/undelete" },
  "GET /studio/titles/:id": { access: "studio", path: "/studio/titles/{title}" },
  "POST /studio/titles/:id": {
    ...{ access: "studio", path: "/studio/titles/{title}", body: form({ title: "Taken" }) },
  },
  "POST /studio/titles/:id/policy": {
    ...{ access: "studio", path: "/studio/titles/{title}/policy" },
    body: form({ policy: '{"rules":[]}', version: "0" }),
  },
  "POST /studio/titles/:id/policy/remove": {
    ...{ access: "studio", path: "/studio/titles/{title}/policy/remove", body: form({ version: "0" }) },
  },
  "GET /studio/sign-in": { access: "everyone", path: "/studio/sign-in" },
  // Both refuse other sites' forms: see authorisation.test.ts.
  "POST /studio/sign-in": { access: "everyone", path: "/studio/sign-in", body: form({ key: "none" }) },
  "POST /studio/sign-out": { access: "everyone", path: "/studio/sign-out", body: form({}) },
  "GET /ops": { access: "ops", path: "/ops" },
  "POST /ops/dead-letters/:id/rerun": { access: "ops", path: "/ops/dead-letters/{letter}/rerun" },
};
