import fc from "fast-check";
import { expect, test } from "vitest";
import { accessOf } from "./task-access.ts";
import { signGrant, verifyGrant } from "./task-grant.ts";

const access = accessOf("ast_1", { kind: "inspect", bytes: 1 }, { key: "sources/upl_1", bytes: 1 });
const grant = { taskId: "ast_1.3.video.0", lease: "l", expiresAt: 1000, access };

test("a grant is good until it expires, under its own secret only", async () => {
  const text = await signGrant("secret", grant);
  expect(await verifyGrant("secret", text, 999)).toEqual(grant);
  await expect(verifyGrant("secret", text, 1000)).rejects.toMatchObject({
    status: 403,
    code: "invalid_grant",
  });
  await expect(verifyGrant("other", text, 0)).rejects.toMatchObject({ status: 403 });
});

test("a grant for as many subtitle tracks as a film may have is still short enough for a path", async () => {
  const grid = {
    ...{ frameRate: { num: 60_000, den: 1001 }, timescale: 60_000, frameTicks: 1001, frames: 2_589_410 },
    ...{ gopFrames: 120, segmentFrames: 360, originSeconds: 0, containerStartSeconds: 0 },
  };
  const tracks = Array.from({ length: 32 }, (_, n) => ({
    ...{ key: `t${n}-0123456789abcdef`, streamIndex: n, codec: "subrip" },
  }));
  const of = accessOf(
    "ast_0123456789abcdefghij",
    { kind: "text", grid, segmentsPerFile: 10, tracks },
    { key: "sources/upl_0123456789abcdefghij", bytes: 200_000_000_000 },
  );
  const many = { ...grant, lease: crypto.randomUUID(), access: of };
  expect(await verifyGrant("secret", await signGrant("secret", many), 0)).toEqual(many);
});

test("anything else is refused, never an error of ours", async () => {
  const text = await signGrant("secret", grant);
  const broken = fc.oneof(
    fc.string(),
    fc.nat(text.length - 2).map((at) => text.slice(0, at)),
    fc
      .nat(text.length - 2)
      .map((at) => text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1)),
  );
  await fc.assert(
    fc.asyncProperty(broken, async (forged) => {
      // The last character of a signature carries unused bits: such a text is the same grant.
      fc.pre(forged.slice(0, -1) !== text.slice(0, -1));
      await expect(verifyGrant("secret", forged, 0)).rejects.toMatchObject({
        status: 403,
        code: "invalid_grant",
      });
    }),
  );
});
