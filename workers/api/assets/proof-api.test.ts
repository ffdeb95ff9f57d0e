import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { beforeAll, expect, test } from "vitest";
import { send } from "../../../test/support/http.ts";
import { aPublishedFilm } from "../../../test/support/publish-film.ts";
import { seedProducer } from "../../../test/support/seed-producer.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, titles } from "../../catalog/schema.ts";
import { renditionPrefix } from "../../pipeline/storage/media-keys.ts";
import { sha256Hex } from "../../shared/digest.ts";

let mine: { producerId: string; key: string };
let assetId = "";

beforeAll(async () => {
  mine = await seedProducer(env);
  ({ assetId } = await aPublishedFilm(env, 1_800_000_000_000));
  await openDatabase(env).update(assets).set({ producerId: mine.producerId }).where(eq(assets.id, assetId));
  await openDatabase(env).update(titles).set({ producerId: mine.producerId });
});

const call = (path: string, key = mine.key) => send(`/v1/assets/${path}`, { key });

interface Proof {
  renditions: {
    key: string;
    kind: string;
    segments: number;
    frames: number;
    bytes: number;
    duration: number;
    root_hash: string;
    verified_at: string;
  }[];
  how_to_verify: string[];
}

test("whoever follows what the proof says finds every byte of every rendition", async () => {
  const proof = await (await call(`${assetId}/proof`)).json<Proof>();
  expect(proof.renditions.map(({ kind }) => kind).sort()).toEqual(["audio", "video"]);
  expect(proof.how_to_verify.length).toBeGreaterThan(2);
  for (const rendition of proof.renditions) {
    const answer = await call(`${assetId}/proof?rendition=${rendition.key}`);
    const text = await answer.text();
    expect(await sha256Hex(text)).toBe(rendition.root_hash);
    expect(answer.headers.get("Marquee-Root-Hash")).toBe(rendition.root_hash);
    const ledger = JSON.parse(text);
    expect(ledger.segments).toHaveLength(rendition.segments);
    let end = 0;
    let bytes = 0;
    for (const segment of ledger.segments) {
      expect(segment.start).toBe(end);
      end = segment.start + segment.duration;
    }
    expect(end / ledger.timescale).toBeCloseTo(rendition.duration, 6);
    for (const { file, sha256 } of [ledger.init, ...ledger.segments]) {
      const stored = await env.MEDIA.get(renditionPrefix(assetId, rendition.key) + file);
      const content = (await stored?.text()) ?? "";
      bytes += content.length;
      expect(await sha256Hex(content)).toBe(sha256);
    }
    expect(bytes).toBe(rendition.bytes);
    expect(rendition.verified_at).toBe("2027-01-15T08:00:00.000Z");
  }
});

test("a rendition that is not published, another producer's asset, and no key are refused", async () => {
  const missing = await call(`${assetId}/proof?rendition=v1-0`);
  expect([missing.status, (await missing.json<{ code: string }>()).code]).toEqual([
    404,
    "rendition_not_found",
  ]);
  const other = await seedProducer(env);
  expect((await call(`${assetId}/proof`, other.key)).status).toBe(404);
  expect((await call("ast_none/proof")).status).toBe(404);
  expect((await call(`${assetId}/proof`, "mqk_not_a_key")).status).toBe(401);
});

test("the source's SHA-256 is shown once it was read, and that of a long one says how it was made", async () => {
  interface Source {
    source: { bytes: number; sha256: string | null; piece_bytes: number | null; verified_at: string | null };
  }
  const db = openDatabase(env);
  const sourceNow = async () => (await (await call(`${assetId}/proof`)).json<Source>()).source;
  expect(await sourceNow()).toEqual({ bytes: 1, sha256: null, piece_bytes: null, verified_at: null });
  await db
    .update(assets)
    .set({ sourceSha256: "ab", sourceReadAt: 1000, sourceBytes: 2 ** 31 })
    .where(eq(assets.id, assetId));
  expect(await sourceNow()).toEqual({
    ...{ bytes: 2 ** 31, sha256: "ab", piece_bytes: 2 ** 30, verified_at: "1970-01-01T00:00:01.000Z" },
  });
});
