import { env, exports } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { publishHere } from "../../../test/support/publish-here.ts";
import { seededKeys, seedTitle } from "../../../test/support/seed-title.ts";
import { openDatabase } from "../../catalog/database.ts";
import { posterOf } from "../../catalog/poster-folder.ts";
import { assets } from "../../catalog/schema.ts";

function posterPath(assetId: string, key: string, width: number): string {
  return `${posterOf(assetId, { key, width, height: 1 })?.folder}/poster-${width}.jpg`;
}

async function get(path: string, init: RequestInit = {}): Promise<Response> {
  return await exports.default.fetch(new Request(`http://marquee.test${path}`, init));
}

test("a poster needs no token, and may be cached by anyone", async () => {
  const { assetId } = await seedTitle(env);
  for (const width of [640, 1280] as const) {
    const response = await get(posterPath(assetId, seededKeys.poster, width));
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe("image/jpeg");
    expect(response.headers.get("Cache-Control")).toBe("public, max-age=86400");
    expect(new TextDecoder().decode(await response.arrayBuffer())).toBe(`jpeg of ${width}`);
    const etag = response.headers.get("ETag") ?? "";
    const again = await get(posterPath(assetId, seededKeys.poster, width), {
      headers: { "If-None-Match": etag },
    });
    expect(again.status).toBe(304);
    const head = await get(posterPath(assetId, seededKeys.poster, width), { method: "HEAD" });
    expect(head.headers.get("Content-Length")).toBe(String(`jpeg of ${width}`.length));
  }
});

test("no media comes out here, whatever is asked", async () => {
  const { assetId } = await seedTitle(env);
  for (const path of [
    `${assetId}/${seededKeys.video720}/seg-00000.m4s`,
    `${assetId}/${seededKeys.video720}/init.mp4`,
    `${assetId}/${seededKeys.video720}/playlist.m3u8`,
    `${assetId}/${seededKeys.video720}/poster-640.jpg`,
    `${assetId}/${seededKeys.poster}/poster-641.jpg`,
    `${assetId}/${seededKeys.poster}/seg-00000.m4s`,
    `${assetId}/..%2f${seededKeys.poster}/poster-640.jpg`,
    `${assetId}/${seededKeys.poster}`,
    `ast_unknown/${seededKeys.poster}/poster-640.jpg`,
    `..%2f..%2f/${seededKeys.poster}/poster-640.jpg`,
    `%00/${seededKeys.poster}/poster-640.jpg`,
    "",
  ]) {
    const response = await get(`/images/${path}`);
    expect([path, response.status]).toEqual([path, 404]);
    await response.body?.cancel();
  }
});

test("the poster of a deleted asset is gone", async () => {
  const { titleId, assetId } = await seedTitle(env);
  await openDatabase(env).update(assets).set({ deletedAt: 1 }).where(eq(assets.id, assetId));
  await publishHere(env, { titleIds: [titleId] });
  expect((await get(posterPath(assetId, seededKeys.poster, 640))).status).toBe(404);
});
