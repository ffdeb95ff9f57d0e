import type { AssetProgress } from "../../../api/assets/asset-json.ts";
import { formatPercent, formatTimeLeft } from "../../format/format.ts";

/** Moves the bar and the stages of a card to where its film is. */
export function showProgress(card: HTMLElement, progress: AssetProgress): void {
  const bar = card.querySelector<HTMLProgressElement>("[data-bar]");
  if (bar !== null) bar.value = progress.fraction;
  say(card, "[data-percent]", formatPercent(progress.fraction));
  say(card, "[data-left]", formatTimeLeft(progress.eta_seconds));
  for (const stage of progress.stages) {
    const item = card.querySelector<HTMLElement>(`[data-stage="${stage.name}"]`);
    if (item === null) continue;
    item.dataset.state = stage.status;
    say(item, "[data-stage-words]", stage.status);
    const moving = stage.status === "running" && stage.fraction > 0;
    say(item, "[data-stage-percent]", moving ? formatPercent(stage.fraction) : "");
  }
  // A film without sound loses that stage once it has been checked.
  const names = new Set<string>(progress.stages.map((stage) => stage.name));
  for (const item of card.querySelectorAll<HTMLElement>("[data-stage]")) {
    item.hidden = !names.has(item.dataset.stage ?? "");
  }
}

function say(root: HTMLElement, hook: string, words: string): void {
  const element = root.querySelector(hook);
  if (element !== null && element.textContent !== words) element.textContent = words;
}
