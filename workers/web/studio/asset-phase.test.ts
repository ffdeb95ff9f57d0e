import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { seedFilm } from "../../../test/support/seed-film.ts";
import { seedProducer } from "../../../test/support/seed-producer.ts";
import type { AssetSummary } from "../../api/assets/asset-json.ts";
import { readAsset } from "../../api/assets/read-assets.ts";
import { assetPhase } from "./asset-phase.ts";

async function preparing(): Promise<AssetSummary> {
  const { producerId } = await seedProducer(env);
  const { assetId } = await seedFilm(env, { producerId, status: "preparing" });
  const asking = { producerId, origin: "https://films.example", now: 1_800_000_000_000 };
  const asset = await readAsset(env, asking, assetId);
  if (asset === undefined) throw new Error("The film was not seeded.");
  return asset;
}

test("a film's page is fetched anew when something else than a bar has moved", async () => {
  const asset = await preparing();
  const { progress } = asset;
  const phase = assetPhase(asset);
  const further = { ...progress, fraction: progress.fraction + 0.1, eta_seconds: 7 };
  expect(assetPhase({ ...asset, progress: further })).toBe(phase);
  const stages = progress.stages.map((stage, index) =>
    index === 0 ? { ...stage, status: "done" as const } : stage,
  );
  const later: AssetSummary[] = [
    { ...asset, duration: 12 },
    { ...asset, status: "ready" },
    { ...asset, status: "errored", error: { code: "no_video", detail: "No picture.", log: null } },
    { ...asset, progress: { ...progress, fraction: 1 } },
    { ...asset, progress: { ...progress, stages } },
  ];
  expect(later.map(assetPhase)).not.toContain(phase);
});
