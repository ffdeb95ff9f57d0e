import { expect, test } from "vitest";
import { redactSecrets } from "./redact-secrets.ts";

const token = "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJtYXJxdWVlIn0.c2lnbmF0dXJl-_x";
const grant = "eyJ0YXNrSWQiOiJ0c2tfMSJ9.c2lnbmF0dXJl";

test("nothing that opens something stays in a line, wherever it stands", () => {
  for (const [line, left] of [
    [`[wrangler:info] GET /v/${token}/main.m3u8?audio=de 200 OK (3ms)`, "/v/[hidden]/main.m3u8?audio=de"],
    [`GET http://127.0.0.1:8787/internal/${grant}/source: 409`, "/internal/[hidden]/source: 409"],
    [`next=${encodeURIComponent(`/v/${token}/main.m3u8`)}`, "next=%2Fv%2F[hidden]%2Fmain.m3u8"],
    [`{"playback_url":"https://a.test/v/${token}/x"}`, "/v/[hidden]/x"],
    ["GET /v/not-a-token/x", "/v/[hidden]/x"],
    ["Authorization: Bearer mqk_AbC-123_x", "Bearer mqk_[hidden]"],
    ["Cookie: __Host-marquee_session=AbC-123_x; a=b", "marquee_session=[hidden]; a=b"],
  ] as const) {
    const said = redactSecrets(line);
    expect(said).toContain(left);
    for (const secret of ["eyJ", "c2lnbmF0dXJl", "AbC-123", "not-a-token"]) {
      expect(said, line).not.toContain(secret);
    }
  }
});

test("everything else is left as it is", () => {
  for (const line of ["GET /v1/assets/ast_1 200 OK", "GET /studio", "unexpected error GET /watch/eyes"]) {
    expect(redactSecrets(line)).toBe(line);
  }
});
