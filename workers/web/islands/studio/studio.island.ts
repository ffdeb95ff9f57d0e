/** The studio's moving parts: uploads, and a list of films that keeps itself true. */
import { followAssets } from "./follow-assets.ts";
import { startUploads } from "./start-uploads.ts";

const studio = document.querySelector<HTMLElement>("[data-studio]");
if (studio !== null) {
  const refresh = followAssets(studio);
  startUploads(studio, refresh);
}
