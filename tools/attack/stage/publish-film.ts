import { rmSync } from "node:fs";
import path from "node:path";
import { drawMatroska } from "../films/draw-matroska.ts";
import { endOf, lookAt, sendFilm } from "./send-film.ts";
import type { Producer, Target } from "./target.ts";

const longestMs = 120_000;
let drawn = 0;

/** Brings an ordinary film of six seconds to its end. @throws Error when it does not get ready */
export async function publishFilm(
  target: Target,
  producer: Producer,
  name: string,
): Promise<{ assetId: string; titleId: string }> {
  drawn += 1;
  const file = await drawMatroska(path.join(target.folder, name), 40 + drawn, { seconds: 6 });
  const assetId = await sendFilm(producer, file, { title: name });
  rmSync(file);
  const end = await endOf(producer, assetId, longestMs);
  if (end !== "ready") throw new Error(`An ordinary film did not get ready: ${end ?? "no end in time"}.`);
  const { title_id } = await lookAt(producer, assetId);
  return { assetId, titleId: title_id };
}
